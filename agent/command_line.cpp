#include "agent/command_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cctype>

namespace dms::agent {
namespace {

constexpr std::string_view default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Reads one command line from left to right.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  Result<std::vector<std::string>> split() {
    while (at_ < line_.size()) DMS_CHECK(take());
    finish_word();
    if (words_.empty()) return fail(Code::invalid_argument, "the command line is empty");
    return std::move(words_);
  }

 private:
  Status take() {
    const char c = line_[at_++];
    switch (c) {
      case ' ':
      case '\t':
      case '\n': finish_word(); return ok();
      case '\'': return take_single_quoted();
      case '"': return take_double_quoted();
      case '\\':
        if (at_ == line_.size())
          return fail(Code::invalid_argument, "the command line ends with a backslash");
        if (line_[at_] == '\n')
          ++at_;
        else
          add(line_[at_++]);
        return ok();
      default: add(c); return ok();
    }
  }

  Status take_single_quoted() {
    const std::size_t end = line_.find('\'', at_);
    if (end == std::string_view::npos) return not_closed("'", at_);
    in_word_ = true;
    word_.append(line_.substr(at_, end - at_));
    at_ = end + 1;
    return ok();
  }

  Status take_double_quoted() {
    const std::size_t start = at_;
    in_word_ = true;
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') return ok();
      if (c == '\\' && at_ < line_.size() && line_[at_] == '\n') {
        ++at_;
      } else if (c == '\\' && at_ < line_.size() &&
                 std::string_view("\"\\$`").find(line_[at_]) != std::string_view::npos) {
        add(line_[at_++]);
      } else {
        add(c);
      }
    }
    return not_closed("\"", start);
  }

  static Error not_closed(std::string_view quote, std::size_t at) {
    return fail(Code::invalid_argument, "the quote " + std::string(quote) + " at character " +
                                            std::to_string(at) +
                                            " of the command line is not closed");
  }

  void add(char c) {
    word_ += c;
    in_word_ = true;
  }

  void finish_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
};

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether `entry` is "name=…".
bool names(std::string_view entry, std::string_view name) {
  return entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name);
}

// Errors: not_found, permission.
Status check_program(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || S_ISDIR(info.st_mode))
    return fail(Code::not_found, "there is no program " + path);
  if (::access(path.c_str(), X_OK) != 0)
    return fail(Code::permission, path + " may not be executed; set its file mode");
  return ok();
}

}  // namespace

Result<std::vector<std::string>> split_command_line(std::string_view line) {
  return Splitter(line).split();
}

std::optional<std::string_view> find_variable(const Environment& environment,
                                              std::string_view name) {
  for (const std::string& entry : environment)
    if (names(entry, name)) return std::string_view(entry).substr(name.size() + 1);
  return std::nullopt;
}

void set_variable(Environment& environment, std::string_view name, std::string_view value) {
  std::string entry = std::string(name) + "=" + std::string(value);
  for (std::string& present : environment) {
    if (!names(present, name)) continue;
    present = std::move(entry);
    return;
  }
  environment.push_back(std::move(entry));
}

std::string expand_variables(std::string_view text, const Environment& environment) {
  std::string expanded;
  for (std::size_t i = 0; i < text.size();) {
    const bool braced = text.substr(i).starts_with("${");
    const std::size_t start = i + (braced ? 2 : 1);
    std::size_t end = start;
    while (end < text.size() && is_name_char(text[end])) ++end;
    const auto value = text[i] == '$' && end > start
                           ? find_variable(environment, text.substr(start, end - start))
                           : std::nullopt;
    if (!value || (braced && (end == text.size() || text[end] != '}'))) {
      expanded += text[i++];
    } else {
      expanded += *value;
      i = end + (braced ? 1 : 0);
    }
  }
  return expanded;
}

Result<std::string> find_program(const std::string& name, const Environment& environment,
                                 const std::string& directory) {
  const auto seen_from = [&](const std::string& path) {
    return path.starts_with('/') ? path : directory + "/" + path;
  };
  if (name.find('/') != std::string::npos) {
    DMS_CHECK(check_program(seen_from(name)));
    return name;
  }
  Error error = fail(Code::not_found, "there is no program " + name + " in PATH");
  std::string_view path = find_variable(environment, "PATH").value_or(default_path);
  while (!name.empty()) {
    const std::size_t colon = path.find(':');
    const std::string_view entry = path.substr(0, colon);
    std::string candidate = std::string(entry.empty() ? "." : entry) + "/" + name;
    const Status status = check_program(seen_from(candidate));
    if (status) return candidate;
    if (status.error().code == Code::permission) error = status.error();
    if (colon == std::string_view::npos) break;
    path.remove_prefix(colon + 1);
  }
  return error;
}

}  // namespace dms::agent
