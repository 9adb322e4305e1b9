// YAML text as a tree that remembers where each value stands.
//
// A pure function without state. The YAML library is reached from yaml.cpp only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::models {

// Where a value begins: both from 1.
struct Mark {
  int line = 0;
  int column = 0;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Mark mark;
  std::string text;                // of a scalar, as written; quotes and folding resolved
  bool quoted = false;             // "12" is a text, 12 may be a number
  std::vector<YamlNode> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map, in the order of the text
};

struct YamlEntry {
  std::string key;
  Mark key_mark;
  YamlNode value;
};

// "study.yml:3:9: <message>" as an invalid_argument.
Error yaml_error(std::string_view file, Mark mark, std::string_view message);

// Reads one document. `file` is the name that stands in messages.
// Errors: invalid_argument with "file:line:column: " in front, for what is not YAML, a tab that
// indents, a key given twice in one map, a key that is no scalar, an alias, more than one document,
// and more than 100 levels of nesting. A text without a document is an empty map.
Result<YamlNode> parse_yaml(std::string_view file, std::string_view text);

}  // namespace dms::models
