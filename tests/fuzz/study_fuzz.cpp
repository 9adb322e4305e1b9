// Study files. The input is the text of one.
#include <algorithm>

#include "models/study/study.h"
#include "models/study/yaml.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::models;

namespace {

const std::string file = "study.yml";

// "study.yml:3:9: …", with both numbers above 0.
void require_place(const Error& error) {
  std::string_view rest = error.message;
  fuzz::require(error.code == Code::invalid_argument && fuzz::take_until(rest, ":") == file,
                "an error names the file", error.message);
  for (const std::string_view number : {fuzz::take_until(rest, ":"), fuzz::take_until(rest, ":")})
    fuzz::require(std::atoi(std::string(number).c_str()) > 0, "an error names a place",
                  error.message);
}

// Nothing is looked up but what lies in the folder where the fuzzer runs.
bool looks_elsewhere(const YamlNode& node) {
  const auto leads_away = [](std::string_view text) {
    return text.starts_with('/') || text.find("..") != text.npos;
  };
  for (const YamlEntry& entry : node.entries) {
    const bool is_path = entry.key == "inputs" || entry.key == "csv" || entry.key == "file" ||
                         entry.key == "glob" || entry.key == "from";
    if ((is_path && leads_away(entry.value.text)) || looks_elsewhere(entry.value)) return true;
  }
  return std::any_of(node.items.begin(), node.items.end(), looks_elsewhere);
}

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
    require_place(root.error());
    return 0;
  }
  if (looks_elsewhere(*root)) return 0;
  const auto study = parse_study(file, text);
  study ? check_study(*study) : require_place(study.error());
  return 0;
}
