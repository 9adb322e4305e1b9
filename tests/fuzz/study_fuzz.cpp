// Study files. The input is the text of one.
#include "models/study/study.h"
#include "tests/fuzz/study_text.h"

using namespace dms;
using namespace dms::models;

namespace {

const std::string file = "study.yml";

void check_study(const Study& study) {
  fuzz::require(check_id("", study.job_name) && check_id("", study.pool_name), "ids are checked");
  fuzz::require(study.num_hosts > 0 && study.task_slots_per_node > 0, "numbers are checked");
  fuzz::require(study.master.has_value() == study.workers.has_value(), "a master has workers");
  fuzz::require(
      !study.workers || (study.workers->count > 0 && study.workers->count <= most_workers),
      "there are as many workers as a master bears");
  const ParameterSpace& space = study.space;
  fuzz::require(space.size() > 0 && space.size() <= max_points, "a study has runs");
  const auto first = space.point(0);
  const auto last = space.point(space.size() - 1);
  fuzz::require(first.size() == space.names().size(), "a point has a value for each parameter");
  fuzz::require(space.size() == 1 || first != last, "runs differ");
  substitute(study.command, space.names(), last);
  space.describe();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto root = parse_yaml(file, text);
  if (!root) {
    fuzz::require_place(file, root.error());
    return 0;
  }
  if (fuzz::looks_elsewhere(*root)) return 0;
  const auto study = parse_study(file, text);
  study ? check_study(*study) : fuzz::require_place(file, study.error());
  return 0;
}
