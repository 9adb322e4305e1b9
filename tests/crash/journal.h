// What the tasks themselves say of their runs: a file to which every run appends a line when it
// starts and one when it ends. It tells what really ran, whatever the service believes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace dms::crash {

struct RunsOfTask {
  int starts = 0;
  int ends = 0;
  bool overlapped = false;  // a run began and another ended its own meanwhile: two at once
};

class Journal {
 public:
  explicit Journal(std::string path) : path_(std::move(path)) {}

  // A shell script that does `work` between its two lines. `work` sees its number among the
  // task's runs, from 1, as $run.
  std::string script(const std::string& work) const;
  // Runs by "<job>/<task>".
  Result<std::map<std::string, RunsOfTask>> read() const;

 private:
  const std::string path_;
};

}  // namespace dms::crash
