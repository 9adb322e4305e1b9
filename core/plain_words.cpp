#include "core/plain_words.h"

#include <algorithm>
#include <optional>

namespace dms {
namespace {

// bash 5.2: compgen -b, and compgen -k as far as they are plain.
constexpr std::string_view shell_words[] = {
    ".",       ":",      "alias",   "bg",       "bind",     "break",     "builtin",  "caller",
    "case",    "cd",     "command", "compgen",  "complete", "compopt",   "continue", "coproc",
    "declare", "dirs",   "disown",  "do",       "done",     "echo",      "elif",     "else",
    "enable",  "esac",   "eval",    "exec",     "exit",     "export",    "false",    "fc",
    "fg",      "fi",     "for",     "function", "getopts",  "hash",      "help",     "history",
    "if",      "in",     "jobs",    "kill",     "let",      "local",     "logout",   "mapfile",
    "popd",    "printf", "pushd",   "pwd",      "read",     "readarray", "readonly", "return",
    "select",  "set",    "shift",   "shopt",    "source",   "suspend",   "test",     "then",
    "time",    "times",  "trap",    "true",     "type",     "typeset",   "ulimit",   "umask",
    "unalias", "unset",  "until",   "wait",     "while"};

// Variables that bash sets itself, whatever the environment says (bash 5.2, "Shell Variables").
constexpr std::string_view shell_variables[] = {
    "_",       "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID",    "FUNCNAME",   "GROUPS",
    "HISTCMD", "HOSTNAME", "HOSTTYPE",      "IFS",          "LINENO",  "MACHTYPE",   "OLDPWD",
    "OPTARG",  "OPTERR",   "OPTIND",        "OSTYPE",       "PATH",    "PIPESTATUS", "PPID",
    "PS4",     "PWD",      "RANDOM",        "REPLY",        "SECONDS", "SHELL",      "SHELLOPTS",
    "SHLVL",   "SRANDOM",  "TERM",          "UID"};

template <std::size_t n>
bool holds(const std::string_view (&names)[n], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}
bool is_plain(char c) {
  return is_name_part(c) || std::string_view("-./:,+@%=").find(c) != std::string_view::npos;
}

// Settings that change what any command means.
bool is_setting(std::string_view variable) {
  constexpr std::string_view settings[] = {
      "BASH_FUNC_", "BASH_ENV=", "BASHOPTS=", "SHELLOPTS=", "POSIXLY_CORRECT="};
  return std::any_of(std::begin(settings), std::end(settings),
                     [&](std::string_view setting) { return variable.starts_with(setting); });
}

class WordReader {
 public:
  WordReader(std::string_view text, const std::vector<std::string>& environment)
      : rest_(text), environment_(environment) {}

  // Nothing when a word is not plain.
  std::vector<std::string> read() {
    std::vector<std::string> words;
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      std::string word;
      while (!rest_.empty() && !is_blank(rest_.front()))
        if (!take_part(word)) return {};
      words.push_back(std::move(word));
    }
    return words;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  // A character, a variable or a quoted text.
  bool take_part(std::string& word) {
    const char c = rest_.front();
    if (c == '\'') return take_single_quoted(word);
    if (c == '"') return take_double_quoted(word);
    if (c == '$') {
      const auto value = take_variable();
      // Without quotes, a shell splits values, looks for patterns in them, and drops empty ones.
      if (!value || value->empty() || !std::all_of(value->begin(), value->end(), is_plain))
        return false;
      word += *value;
      return true;
    }
    if (!is_plain(c)) return false;
    word += c;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_single_quoted(std::string& word) {
    const std::size_t end = rest_.find('\'', 1);
    if (end == std::string_view::npos) return false;
    word += rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool take_double_quoted(std::string& word) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      const char c = rest_.front();
      if (c == '\\' || c == '`') return false;
      if (c != '$') {
        word += c;
        rest_.remove_prefix(1);
      } else if (const auto value = take_variable()) {
        word += *value;
      } else {
        return false;
      }
    }
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Takes off $NAME or ${NAME}. Nothing when it is anything else, or has no value that only the
  // environment gives it.
  std::optional<std::string_view> take_variable() {
    const bool braces = rest_.starts_with("${");
    const std::size_t start = braces ? 2 : 1;
    std::size_t end = start;
    while (end < rest_.size() && is_name_part(rest_[end])) ++end;
    const std::string_view name = rest_.substr(start, end - start);
    if (name.empty() || is_digit(name.front())) return std::nullopt;
    if (braces && (end == rest_.size() || rest_[end] != '}')) return std::nullopt;
    if (name.starts_with("BASH") || name.starts_with("COMP_") || holds(shell_variables, name))
      return std::nullopt;
    rest_.remove_prefix(braces ? end + 1 : end);
    return value_of(name);
  }

  std::optional<std::string_view> value_of(std::string_view name) const {
    for (const std::string_view variable : environment_)
      if (variable.size() > name.size() && variable[name.size()] == '=' &&
          variable.starts_with(name))
        return variable.substr(name.size() + 1);
    return std::nullopt;
  }

  std::string_view rest_;
  const std::vector<std::string>& environment_;
};

// Assignments, and jobs (%1), are no programs.
bool is_program(std::string_view word) {
  return !word.empty() && word.find('=') == std::string_view::npos && !word.starts_with('%') &&
         !holds(shell_words, word);
}

}  // namespace

std::vector<std::string> plain_words(std::string_view command,
                                     const std::vector<std::string>& environment) {
  if (std::any_of(environment.begin(), environment.end(), is_setting)) return {};
  while (!command.empty() && (command.back() == '\n' || command.back() == ' '))
    command.remove_suffix(1);
  std::vector<std::string> words = WordReader(command, environment).read();
  if (words.size() > 1 && words.front() == "exec" && !words[1].starts_with('-'))
    words.erase(words.begin());
  if (words.empty() || !is_program(words.front())) return {};
  return words;
}

}  // namespace dms
