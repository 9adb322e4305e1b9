// Job files. The input is the text of one, but for the account, which stands in front of it. What
// can be read is made into a pool, a job and tasks, and is rewritten as a study.
#include "models/job_file/job_file.h"

#include "models/job_file/job_directives.h"
#include "models/job_file/migrate.h"
#include "models/study/study.h"
#include "tests/fuzz/study_text.h"

using namespace dms;
using namespace dms::models;

namespace {

const std::string file = "job.yml";
constexpr std::string_view account =
    "resource_group: lab\nbatch_account_name: mybatch\nstorage_account_name: mystore\n"
    "storage_container_name: studies\n";

// A hundred thousand tasks are checked one by one, each of them in the same way.
bool is_long_work(std::string_view text) {
  int digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3) return true;
  }
  return false;
}

void check_task(const JobFile& job, std::uint64_t index, const JobPlace& place) {
  const auto task = make_task(job, index, place);
  fuzz::require(task.has_value(), "what was checked can be made", task ? "" : task.error().message);
  fuzz::require(check_id("", task->id).has_value(), "a task's id is one", task->id);
  fuzz::require(task->command_line.find('\0') == std::string::npos, "a command line is a text");
}

void check_job(const JobFile& job) {
  const JobPlace place{.names = make_names(job, "", Timestamp{}),
                       .inputs_url = "https://in",
                       .outputs_url = "https://out"};
  fuzz::require(job.points.size() > 0, "a job has tasks");
  // With a pool that is there already, names are made of that pool's.
  if (!check_names(job, place.names)) return;
  check_task(job, 0, place);
  check_task(job, job.points.size() - 1, place);
  fuzz::require(make_job(job, place).has_value(), "what was checked can be made");
  for (const Where where : {Where::azure, Where::this_machine})
    fuzz::require(make_pool(job, place.names.pool_id, where).has_value(),
                  "what was checked can be made");
  if (const auto study = migrate_job_file(job, "study.yml"))
    fuzz::require(parse_study("study.yml", *study).has_value(), "a study can be read", *study);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = std::string(account) + std::string(fuzz::text_of(data, size));
  const auto root = parse_yaml(file, text);
  if (!root) {
    fuzz::require_place(file, root.error());
    return 0;
  }
  if (fuzz::looks_elsewhere(*root) || is_long_work(text)) return 0;
  const auto job = parse_job_file(file, text, {.template_dir = {}, .now = Timestamp{}});
  if (job)
    check_job(*job);
  else
    fuzz::require(job.error().code == Code::invalid_argument &&
                      job.error().message.find(".yml:") != std::string::npos,
                  "an error names a place", job.error().message);
  return 0;
}
