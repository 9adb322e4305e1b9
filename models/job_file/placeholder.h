// Texts with placeholders: {name}, {name[0]}, {name[key]}, {name:03d}, {name!r}, as Python's
// str.format has them, and nothing else.
//
// Only names that are known are placeholders. Every other brace stays byte for byte: ${HOME},
// ${X:-y}, ${arr[@]}, {a.b}, {"json": 1}, awk '{print $1}', {} and {{x}}. So does a known name
// after '$', which is the shell's, and between doubled braces.
//
// Pure functions without state.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dms::models {

struct Piece {
  std::string text;                  // of a placeholder: as it was written, "{task_id[0]:02d}"
  std::string name;                  // empty: text that stays
  std::vector<std::string> indices;  // "0", "key"
  char conversion = 0;               // r or s
  std::string spec;                  // "02d"
  std::size_t offset = 0;            // in the text that was split

  bool is_placeholder() const { return !name.empty(); }
};

// What a text is. value: one of a job file; doubled braces stay. script, formula: a template file,
// which to the Python tool is a format as a whole: {{ is {. In a formula '$' is no shell's, so that
// ${nodeType} is a placeholder. In the others ${{NAME}} is the shell's ${NAME}: doubled behind '$'
// it means nothing to any shell, and job files have it.
enum class TextKind { value, script, formula };

std::vector<Piece> split_placeholders(std::string_view text,
                                      const std::function<bool(std::string_view)>& is_known,
                                      TextKind kind = TextKind::value);

}  // namespace dms::models
