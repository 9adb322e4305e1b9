#include "tests/crash/journal.h"

#include <algorithm>
#include <sstream>

#include "core/file.h"

namespace dms::crash {

// A line shorter than a page is appended whole, whoever else appends.
std::string Journal::script(const std::string& work) const {
  const std::string who = "$AZ_BATCH_JOB_ID/$AZ_BATCH_TASK_ID $$";
  return "echo S " + who + " >> " + path_ +
         "; run=$(grep -c \"^S $AZ_BATCH_JOB_ID/$AZ_BATCH_TASK_ID \" " + path_ + "); " + work +
         "; code=$?; echo E " + who + " >> " + path_ + "; exit $code";
}

Result<std::map<std::string, RunsOfTask>> Journal::read() const {
  DMS_TRY(const std::string text, read_file(path_));
  std::map<std::string, RunsOfTask> runs;
  std::map<std::string, std::vector<std::string>> under_way;  // processes, in the order they began
  std::istringstream lines(text);
  std::string what, task, process;
  while (lines >> what >> task >> process) {
    RunsOfTask& seen = runs[task];
    auto& open = under_way[task];
    if (what == "S") {
      ++seen.starts;
      open.push_back(process);
      continue;
    }
    ++seen.ends;
    // A run that was killed with its agent never ends; one that ends after a later one began was
    // still there when it did.
    const auto own = std::find(open.begin(), open.end(), process);
    if (own == open.end()) continue;
    seen.overlapped |= own + 1 != open.end();
    open.erase(open.begin(), own + 1);
  }
  return runs;
}

}  // namespace dms::crash
