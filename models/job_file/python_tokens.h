// Words of Python source, for read_python_data.
//
// A pure function without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dms::models {

struct PythonToken {
  enum class Kind { name, number, text, sign, new_line, end, wrong };
  Kind kind = Kind::end;
  std::string text;  // of a text: its content; of a wrong one: what is wrong
  std::size_t offset = 0;
  bool indented = false;  // the first of a line that is indented

  bool is(std::string_view sign) const { return kind == Kind::sign && text == sign; }
  bool is_name(std::string_view name) const { return kind == Kind::name && text == name; }
};

// Comments and line ends inside of brackets are dropped. The last token is `end` or `wrong`.
std::vector<PythonToken> python_tokens(std::string_view text);

}  // namespace dms::models
