// Private to job directives: the texts of scripts before they are put together.
#pragma once

#include <string>
#include <string_view>

#include "models/job_file/job_file.h"

namespace dms::models {

struct ScriptText {
  std::string text;
  SourcePtr source;  // the template file; null: a text of the job file, put together already
  TextKind kind = TextKind::value;
};

// What the key says, a path or the text itself; without it, the template's file.
// Errors: for a path that leads nowhere, and for a script that loses the command's exit code.
Result<ScriptText> script_text(const JobFile& job, JobKeys& keys, std::string_view key,
                               std::string_view file);
Result<std::string> expand_script(const JobFile& job, TaskValues& values, const ScriptText& script);

}  // namespace dms::models
