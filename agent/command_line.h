// From a task's command line to a program and its arguments, without a shell.
//
// Pure functions, but for find_program, which looks at the disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::agent {

// Splits a command line into words as a shell does it: blanks separate; '…' keeps everything as it
// is; in "…" a backslash escapes only " \ $ ` and a newline; elsewhere it escapes the next
// character. Nothing is expanded. Errors: invalid_argument for a quote that is not closed, a
// backslash at the end, and for a line without a word.
Result<std::vector<std::string>> split_command_line(std::string_view line);

// An environment as "NAME=value" each.
using Environment = std::vector<std::string>;

// The value of a variable, or nothing.
std::optional<std::string_view> find_variable(const Environment& environment,
                                              std::string_view name);

// Sets or replaces a variable.
void set_variable(Environment& environment, std::string_view name, std::string_view value);

// Replaces $NAME and ${NAME} by their values; unknown ones stay as they stand.
std::string expand_variables(std::string_view text, const Environment& environment);

// The program's path for a command that starts in `directory`: as it stands when it holds a '/',
// else the first file of that name which may be executed in the PATH of the environment.
// Errors: not_found; permission when there is only a file that may not be executed.
Result<std::string> find_program(const std::string& name, const Environment& environment,
                                 const std::string& directory);

}  // namespace dms::agent
