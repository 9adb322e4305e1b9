#include "node/plain_words.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dms::node {
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

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_letter(c) || is_digit(c); }
bool is_plain(char c) {
  return is_name_part(c) || std::string_view("-./:,+@%=").find(c) != std::string_view::npos;
}

// Settings that change what any command means.
bool environment_is_plain() {
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    if (text.starts_with("BASH_FUNC_") || text.starts_with("BASH_ENV=") ||
        text.starts_with("BASHOPTS=") || text.starts_with("SHELLOPTS=") ||
        text.starts_with("POSIXLY_CORRECT="))
      return false;
  }
  return true;
}

// Reads $NAME or ${NAME} at the start of `rest` and takes it off. Null when it is anything else, or
// has a value that bash would look into.
const char* take_variable(std::string_view& rest) {
  const bool braces = rest.starts_with("${");
  const std::size_t start = braces ? 2 : 1;
  std::size_t end = start;
  while (end < rest.size() && is_name_part(rest[end])) ++end;
  const std::string name(rest.substr(start, end - start));
  if (name.empty() || is_digit(name.front())) return nullptr;
  if (braces && (end == rest.size() || rest[end] != '}')) return nullptr;
  if (name.starts_with("BASH") || name.starts_with("COMP_") || holds(shell_variables, name))
    return nullptr;
  rest.remove_prefix(braces ? end + 1 : end);
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) return nullptr;
  const std::string_view text = value;
  return std::all_of(text.begin(), text.end(), is_plain) ? value : nullptr;
}

// Takes the next word off. False when it is not plain.
bool take_word(std::string_view& rest, std::string& word) {
  while (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') {
    if (rest.front() == '$') {
      const char* value = take_variable(rest);
      if (!value) return false;
      word += value;
    } else if (is_plain(rest.front())) {
      word += rest.front();
      rest.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

void skip_blanks(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

// Assignments, and jobs (%1), are no programs.
bool is_program(std::string_view word) {
  return word.find('=') == std::string_view::npos && !word.starts_with('%') &&
         !holds(shell_words, word);
}

}  // namespace

std::vector<std::string> plain_words(std::string_view command) {
  while (!command.empty() && (command.back() == '\n' || command.back() == ' '))
    command.remove_suffix(1);
  std::vector<std::string> words;
  skip_blanks(command);
  for (; !command.empty(); skip_blanks(command)) {
    std::string word;
    if (!take_word(command, word)) return {};
    words.push_back(std::move(word));
  }
  if (words.empty() || !is_program(words.front()) || !environment_is_plain()) return {};
  return words;
}

}  // namespace dms::node
