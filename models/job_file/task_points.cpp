#include "models/job_file/task_points.h"

namespace dms::models {
namespace {

YamlNode value_of(std::string text) {
  return {.kind = YamlNode::Kind::scalar, .text = std::move(text)};
}

}  // namespace

std::uint64_t TaskPoints::size() const {
  if (const auto* ids = std::get_if<std::vector<YamlNode>>(&points_)) return ids->size();
  if (const auto* space = std::get_if<ParameterSpace>(&points_)) return space->size();
  return 1;
}

std::vector<std::string> TaskPoints::parameters() const {
  if (const auto* space = std::get_if<ParameterSpace>(&points_)) return space->names();
  return {};
}

Variables::Values TaskPoints::at(std::uint64_t index) const {
  Variables::Values values;
  YamlNode& task_id = values["task_id"] = made_text("");
  if (const auto* ids = std::get_if<std::vector<YamlNode>>(&points_)) {
    task_id = (*ids)[index];
  } else if (const auto* space = std::get_if<ParameterSpace>(&points_)) {
    const std::vector<std::string> names = parameters();
    const std::vector<std::string> point = space->point(index);
    YamlNode list{.kind = YamlNode::Kind::list};
    for (std::size_t at = 0; at < names.size(); ++at) {
      values[names[at]] = value_of(point[at]);
      list.items.push_back(value_of(point[at]));
    }
    task_id = list.items.size() == 1 ? list.items.front() : std::move(list);
  }
  return values;
}

std::string id_of(const YamlNode& task_id) {
  std::string id;
  for (const YamlNode& item : task_id.items) id += (id.empty() ? "" : "_") + id_of(item);
  if (task_id.kind == YamlNode::Kind::scalar) id = task_id.text;
  for (char& c : id) {
    const bool legal = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!legal) c = '_';
  }
  return id;
}

}  // namespace dms::models
