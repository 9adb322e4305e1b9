// The names of a job file's pool, job and tasks.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "models/job_file/job_directives.h"
#include "models/study/study.h"

namespace dms::models {
namespace {

constexpr std::size_t stamp_digits = 14;
constexpr std::string_view job_mark = "_job_";

bool is_stamp(std::string_view text) {
  return text.size() == stamp_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The name of a pool without the stamp at its end.
std::string_view without_stamp(std::string_view name) {
  const std::size_t mark = name.rfind('_');
  return mark != name.npos && mark > 0 && is_stamp(name.substr(mark + 1)) ? name.substr(0, mark)
                                                                          : name;
}

}  // namespace

std::string stamp_of(Timestamp now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now.at));
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[stamp_digits + 1];
  return std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &local) == stamp_digits ? text : "";
}

JobNames make_names(const JobFile& job, std::string_view pool_id, Timestamp now) {
  JobNames names{.stamp = stamp_of(now)};
  names.prefix = pool_id.empty() ? job.pool_prefix : std::string(without_stamp(pool_id));
  names.pool_id = pool_id.empty() ? names.prefix + "_" + names.stamp : std::string(pool_id);
  names.job_id = fmt::format("{}{}{}", names.prefix, job_mark, names.stamp);
  return names;
}

Result<JobNames> names_of_job(std::string_view job_id, std::string_view pool_id) {
  const std::size_t mark = job_id.rfind(job_mark);
  if (mark == job_id.npos || mark == 0 || !is_stamp(job_id.substr(mark + job_mark.size())))
    return fail(Code::invalid_argument,
                fmt::format("'{}' is no job of a job file: those are named NAME_job_TIME", job_id));
  return JobNames{.prefix = std::string(job_id.substr(0, mark)),
                  .stamp = std::string(job_id.substr(mark + job_mark.size())),
                  .pool_id = std::string(pool_id),
                  .job_id = std::string(job_id)};
}

Status check_names(const JobFile& job, const JobNames& names) {
  const auto at_key = [&](Status checked) -> Status {
    if (checked) return checked;
    const Variable* key = job.variables.find("pool_name");
    if (!key || key->source != job.source) key = job.variables.find("job_name");
    return yaml_error(job.source->name, key->value.mark, checked.error().message);
  };
  DMS_CHECK(at_key(check_id("the pool's id", names.pool_id)));
  DMS_CHECK(at_key(check_id("the job's id", names.job_id)));
  return at_key(check_id("the task's id", names.single_task_id()));
}

Result<std::string> task_id_of(const JobFile& job, std::uint64_t index, const JobNames& names) {
  if (job.points.is_single()) return names.single_task_id();
  TaskValues values = job.variables.of_task(job.points.at(index));
  JobKeys keys(job.variables, values);
  std::string id;
  if (job.variables.find("task_name")) {
    DMS_TRY(id, keys.text("task_name"));
  } else {
    DMS_TRY(const YamlNode* task_id, keys.node("task_id"));
    if (task_id) id = id_of(*task_id);
  }
  const auto checked = check_id("task_name", id);
  if (!checked && job.variables.find("task_name"))
    return keys.error("task_name", fmt::format("task {}: {}", index + 1, checked.error().message));
  if (!checked)
    return fail(Code::invalid_argument,
                fmt::format("{}: task {}: {}; write a task_name", job.source->name, index + 1,
                            checked.error().message));
  return id;
}

}  // namespace dms::models
