// Ignore files, in the grammar of gitignore(5). Private to blob/.
//
//   line     blank | '#' comment | ['!'] pattern ['/']
//   pattern  with '/' in front or within: of the whole path below the file's directory; else of the
//            last name, at any depth. '*', '?' and '[…]' stay within a name, '**' between slashes
//            goes through directories, '\' takes the meaning of what follows
//
// A '/' at the end is for directories only, '!' takes back. The last line that fits decides.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace dms::blob {

enum class Ignored { no, yes };
enum class IsDirectory { no, yes };

// One pattern as a row of steps that a text is led through; every step but a loop takes one byte.
class PathPattern {
 public:
  explicit PathPattern(std::string_view pattern);

  bool fits(std::string_view text) const;

 private:
  enum class Step : std::uint8_t {
    byte,         // of a set
    stay_within,  // any number of bytes of a name
    stay,         // any number of bytes
    may_skip,     // the next step, which is `until_slash`, or the one behind it
    until_slash,  // bytes up to any '/' and it
    never,
  };
  struct Part {
    Step step = Step::never;
    std::bitset<256> set;
  };
  using States = std::vector<bool>;

  void add(Step step, const std::bitset<256>& set = {}) { parts_.push_back({step, set}); }
  void add_byte(char byte);
  // Each takes what it understands off `rest`.
  void add_stars(std::string_view& rest, bool begins_name);
  void add_set(std::string_view& rest);
  void enter(States& states, std::size_t at) const;

  std::vector<Part> parts_;
};

class IgnoreFile {
 public:
  explicit IgnoreFile(std::string_view text);

  // What it says of a path below its directory; nothing when no line fits.
  std::optional<Ignored> verdict(std::string_view path, IsDirectory directory) const;

 private:
  struct Line {
    PathPattern pattern;
    Ignored verdict;
    bool directories_only;
    bool whole_path;
  };
  void add_line(std::string_view line);

  std::vector<Line> lines_;
};

}  // namespace dms::blob
