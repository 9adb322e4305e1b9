// Command lines and scripts of job files, as nodes execute them.
//
// Pure functions without state.
#pragma once

#include <string>
#include <string_view>

#include "batch/directives.h"

namespace dms::models {

// "application_command.sh", "coordination_command.bat".
std::string script_file(std::string_view role, batch::OsType os);
// Where a script that was uploaded once lands in the task's working directory.
std::string fetched_script_path(std::string_view role, batch::OsType os);

// Writes the script to the task's directory and runs it there; its exit code is the task's. Linux:
// the task's environment is kept beside it, for the owner alone, as env_vars.sh.
// Errors: invalid_argument when the line is too long for the system.
Result<std::string> script_line(std::string_view role, std::string_view script, batch::OsType os);
// The same for a script that came as a resource file.
std::string fetched_script_line(std::string_view role, batch::OsType os);

// A preparation task: all lines of the script, comments and blocks included. The first command that
// fails ends it. Errors: as script_line's.
Result<std::string> job_start_line(std::string_view script, batch::OsType os);
// A pool's start task, on Windows without blocks.
std::string start_task_line(std::string_view script, batch::OsType os);

// A batch file that ends at the first command that fails, with its code, also where several stand
// in a line ("a & b"), in a block in parentheses or in a loop; other batch files are called, so
// that what stands behind them is executed.
std::string checked_batch(std::string_view script);

}  // namespace dms::models
