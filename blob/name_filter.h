// Which of many names a transfer takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dms::blob {

// Names are paths with '/' below the root of the transfer. A pattern with a '/' inside is about the
// whole path ("runs/*/out.txt"); one without is about any part of it ("*.log", ".git"). '*' is any
// text without '/', '**' any text at all, '?' one character but '/'. A pattern that fits a folder
// takes all below it.
//
// A name is taken when one of `include` fits, or there is none, and none of `exclude` does.
struct NameFilter {
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  bool takes(std::string_view name) const;
  bool takes_all() const { return include.empty() && exclude.empty(); }
  // False when nothing below the folder can be taken, so that nobody need look there.
  bool may_take_below(std::string_view folder) const;
  // Beginnings of names ("runs/7", or "" for all): what begins otherwise is not taken.
  std::vector<std::string> roots() const;
};

// Whether the pattern fits all of the text.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace dms::blob
