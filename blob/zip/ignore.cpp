#include "blob/zip/ignore.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace dms::blob {
namespace {

using Set = std::bitset<256>;

std::size_t index_of(char byte) { return static_cast<unsigned char>(byte); }

struct Class {
  std::string_view name;
  int (*holds)(int);
};
constexpr std::array<Class, 12> classes{{{"alnum", std::isalnum},
                                         {"alpha", std::isalpha},
                                         {"blank", std::isblank},
                                         {"cntrl", std::iscntrl},
                                         {"digit", std::isdigit},
                                         {"graph", std::isgraph},
                                         {"lower", std::islower},
                                         {"print", std::isprint},
                                         {"punct", std::ispunct},
                                         {"space", std::isspace},
                                         {"upper", std::isupper},
                                         {"xdigit", std::isxdigit}}};

// False for a class that there is not.
bool add_class(std::string_view name, Set& set) {
  for (const Class& each : classes) {
    if (each.name != name) continue;
    for (int c = 0; c < 0x80; ++c)
      if (each.holds(c)) set.set(static_cast<std::size_t>(c));
    return true;
  }
  return false;
}

// The inside of "[…]", from behind its '[' on. Nothing when it has no end or cannot be understood.
class SetReader {
 public:
  explicit SetReader(std::string_view rest) : rest_(rest) {}

  std::optional<Set> read() {
    const bool negated = rest_.starts_with('!') || rest_.starts_with('^');
    if (negated) rest_.remove_prefix(1);
    do {
      if (!read_member()) return std::nullopt;
    } while (!rest_.starts_with(']'));
    rest_.remove_prefix(1);
    if (negated) set_.flip();
    set_.reset(index_of('/'));
    return set_;
  }
  std::string_view rest() const { return rest_; }

 private:
  bool read_member() {
    if (rest_.starts_with("[:")) {
      const auto end = rest_.find(']', 2);
      if (end == rest_.npos) return false;
      if (end > 2 && rest_[end - 1] == ':') {
        const auto name = rest_.substr(2, end - 3);
        rest_.remove_prefix(end + 1);
        before_.reset();
        return add_class(name, set_);
      }
    }
    if (rest_.starts_with('-') && before_ && rest_.size() > 1 && rest_[1] != ']') {
      rest_.remove_prefix(1);
      const auto last = take();
      if (!last) return false;
      for (auto c = *before_; c <= index_of(*last); ++c) set_.set(c);
      before_.reset();
      return true;
    }
    const auto byte = take();
    if (!byte) return false;
    set_.set(index_of(*byte));
    before_ = index_of(*byte);
    return true;
  }

  std::optional<char> take() {
    if (rest_.starts_with('\\')) rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    const char byte = rest_.front();
    rest_.remove_prefix(1);
    return byte;
  }

  std::string_view rest_;
  Set set_;
  std::optional<std::size_t> before_;  // what a range may begin with
};

// Without the blanks at its end that no '\' keeps.
std::string_view without_blanks(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == ' ') continue;
    if (line[at] == '\\') ++at;
    end = std::min(at + 1, line.size());
  }
  return line.substr(0, end);
}

}  // namespace

PathPattern::PathPattern(std::string_view pattern) {
  const auto plain = pattern.find_first_of("*?[\\");
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto at = pattern.size() - rest.size();
    switch (rest.front()) {
      case '*':
        // Git compares what is plain first, and forgets it: "a**/b" goes through directories too.
        add_stars(rest, at == 0 || at == plain || pattern[at - 1] == '/');
        continue;
      case '[': add_set(rest); continue;
      case '?': add(Step::byte, ~Set().set(index_of('/'))); break;
      case '\\':
        rest.remove_prefix(1);
        if (rest.empty()) {
          add(Step::never);
          return;
        }
        [[fallthrough]];
      default: add_byte(rest.front());
    }
    rest.remove_prefix(1);
  }
}

void PathPattern::add_byte(char byte) { add(Step::byte, Set().set(index_of(byte))); }

void PathPattern::add_stars(std::string_view& rest, bool begins_name) {
  const auto count = std::min(rest.find_first_not_of('*'), rest.size());
  rest.remove_prefix(count);
  const bool ends_name = rest.empty() || rest.starts_with('/') || rest.starts_with("\\/");
  if (count < 2 || !begins_name || !ends_name) {
    add(Step::stay_within);
  } else if (!rest.starts_with('/')) {
    add(Step::stay);
  } else {
    add(Step::may_skip);
    add(Step::until_slash);
    rest.remove_prefix(1);
  }
}

void PathPattern::add_set(std::string_view& rest) {
  SetReader reader(rest.substr(1));
  if (const auto set = reader.read()) {
    add(Step::byte, *set);
    rest = reader.rest();
  } else {
    add(Step::never);
    rest = {};
  }
}

// Marks a state, and those that are reached from it without a byte.
void PathPattern::enter(States& states, std::size_t at) const {
  if (states[at]) return;
  states[at] = true;
  if (at == parts_.size()) return;
  const Step step = parts_[at].step;
  if (step == Step::stay || step == Step::stay_within) enter(states, at + 1);
  if (step == Step::may_skip) {
    enter(states, at + 1);
    enter(states, at + 2);
  }
}

bool PathPattern::fits(std::string_view text) const {
  // All states that the pattern can be in, byte for byte: no pattern takes long.
  States now(parts_.size() + 1), next(parts_.size() + 1);
  enter(now, 0);
  for (const char byte : text) {
    std::fill(next.begin(), next.end(), false);
    for (std::size_t at = 0; at < parts_.size(); ++at) {
      if (!now[at]) continue;
      switch (parts_[at].step) {
        case Step::byte:
          if (parts_[at].set[index_of(byte)]) enter(next, at + 1);
          break;
        case Step::stay_within:
          if (byte != '/') enter(next, at);
          break;
        case Step::stay: enter(next, at); break;
        case Step::until_slash:
          enter(next, at);
          if (byte == '/') enter(next, at + 1);
          break;
        case Step::may_skip:
        case Step::never: break;
      }
    }
    std::swap(now, next);
  }
  return now[parts_.size()];
}

IgnoreFile::IgnoreFile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    add_line(line);
  }
}

void IgnoreFile::add_line(std::string_view line) {
  if (line.starts_with('#')) return;
  line = without_blanks(line);
  const bool negated = line.starts_with('!');
  if (negated) line.remove_prefix(1);
  const bool directories_only = line.ends_with('/');
  if (directories_only) line.remove_suffix(1);
  if (line.empty()) return;
  const bool whole_path = line.find('/') != line.npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  lines_.push_back({.pattern = PathPattern(line),
                    .verdict = negated ? Ignored::no : Ignored::yes,
                    .directories_only = directories_only,
                    .whole_path = whole_path});
}

std::optional<Ignored> IgnoreFile::verdict(std::string_view path, IsDirectory directory) const {
  const auto name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->directories_only && directory == IsDirectory::no) continue;
    if (line->pattern.fits(line->whole_path ? path : name)) return line->verdict;
  }
  return std::nullopt;
}

}  // namespace dms::blob
