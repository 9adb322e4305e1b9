#include "models/study/study.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <set>
#include <unordered_set>

#include "core/file.h"
#include "core/suggest.h"
#include "models/job_file/job_file.h"
#include "models/runs/results.h"
#include "models/study/pool_keys.h"
#include "models/study/reader.h"
#include "models/study/sweep_keys.h"
#include "models/study/task_id.h"
#include "models/study/templates.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;
using Kind = YamlNode::Kind;

// One key of a study and the function that reads its value.
struct Key {
  std::string_view name;
  Status (*read)(const StudyReader& reader, const YamlNode& node, Study& study);
};

Status read_job_name(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.id("job_name", node, study.job_name);
}

Status read_pool_name(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.id("pool_name", node, study.pool_name);
}

Status read_inputs(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_TRY(const std::string text, reader.text("inputs", node));
  const fs::path folder = (study.file.parent_path() / text).lexically_normal();
  std::error_code error;
  const auto status = fs::status(folder, error);
  if (!fs::exists(status))
    return reader.error(node.mark, fmt::format("inputs: no such folder: {}", folder.string()));
  if (!fs::is_directory(status))
    return reader.error(node.mark, fmt::format("inputs: {} is not a folder", folder.string()));
  study.inputs = folder.has_filename() ? folder : folder.parent_path();
  return ok();
}

Status read_exclude(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.text_list("exclude", node, study.exclude);
}

Status read_shared_files(const StudyReader& reader, const YamlNode& node, Study& study) {
  std::vector<std::string> names;
  DMS_CHECK(reader.text_list("shared_files", node, names));
  std::set<std::string> seen;
  for (std::size_t at = 0; at < names.size(); ++at) {
    const Mark mark = node.kind == Kind::list ? node.items[at].mark : node.mark;
    const fs::path path = (study.file.parent_path() / names[at]).lexically_normal();
    std::error_code error;
    if (!fs::is_regular_file(path, error))
      return reader.error(mark, fmt::format("shared_files: no such file: {}", path.string()));
    const std::string name = path.filename().string();
    if (name == "dmsbatch")
      return reader.error(mark, "shared_files: the name dmsbatch is taken on the nodes");
    if (!seen.insert(name).second)
      return reader.error(mark, fmt::format("shared_files: two files have the name {}", name));
    study.shared_files.push_back(path);
  }
  return ok();
}

Status read_command(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_TRY(study.command, reader.text("command", node));
  return ok();
}

Status read_outputs(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.patterns_below("outputs", node, study.outputs);
}

Status read_result(const StudyReader& reader, const YamlEntry& entry, Study& study) {
  const std::string what = "results." + entry.key;
  if (entry.value.kind != Kind::map)
    return reader.error(entry.value.mark, fmt::format("{} is {{file: …, regex: …}}, not {}", what,
                                                      describe(entry.value)));
  ResultColumn column{.name = entry.key};
  const YamlNode* regex = nullptr;
  for (const YamlEntry& part : entry.value.entries) {
    constexpr std::array<std::string_view, 2> known{"file", "regex"};
    if (part.key != "file" && part.key != "regex") return reader.unknown_key(part, known);
    DMS_TRY(std::string text, reader.text(what + "." + part.key, part.value));
    if (part.key == "regex") regex = &part.value;
    (part.key == "file" ? column.file : column.regex) = std::move(text);
  }
  if (column.file.empty() || !regex)
    return reader.error(entry.key_mark, fmt::format("{} needs both file and regex", what));
  if (const auto compiled = LinePattern::compile(column.regex); !compiled)
    return reader.error(regex->mark, fmt::format("{}.regex: {}", what, compiled.error().message));
  study.results.push_back(std::move(column));
  return ok();
}

Status read_results(const StudyReader& reader, const YamlNode& node, Study& study) {
  if (node.kind != Kind::map)
    return reader.error(node.mark,
                        fmt::format("results is a map of columns, not {}", describe(node)));
  for (const YamlEntry& entry : node.entries) DMS_CHECK(read_result(reader, entry, study));
  return ok();
}

Status read_environment(const StudyReader& reader, const YamlNode& node, Study& study) {
  if (node.kind != Kind::map)
    return reader.error(node.mark, fmt::format("environment_variables is a map of names to values, "
                                               "not {}",
                                               describe(node)));
  for (const YamlEntry& entry : node.entries) {
    DMS_CHECK(reader.variable_name(entry));
    if (entry.value.kind != Kind::scalar)
      return reader.error(entry.value.mark,
                          fmt::format("environment_variables.{} is a text, not {}", entry.key,
                                      describe(entry.value)));
    study.environment_variables.emplace_back(entry.key, entry.value.text);
  }
  return ok();
}

Status read_num_hosts(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.integer("num_hosts", node, {1, 10'000}, study.num_hosts);
}

Status read_slots(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.integer("task_slots_per_node", node, {1, 256}, study.task_slots_per_node);
}

Status read_vm_size(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_TRY(study.vm_size, reader.text("vm_size", node));
  return ok();
}

Status read_retries(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.integer("max_task_retry_count", node, {-1, 1000}, study.max_task_retry_count);
}

Status read_wall_clock(const StudyReader& reader, const YamlNode& node, Study& study) {
  return reader.duration("max_wall_clock", node, study.max_wall_clock);
}

Status read_task_id(const StudyReader& reader, const YamlNode& node, Study& study) {
  DMS_TRY(study.task_id, reader.text("task_id", node));
  return ok();
}

// The sweep itself waits for `combine`: it is made when all keys are known.
Status read_later(const StudyReader&, const YamlNode&, Study&) { return ok(); }

constexpr std::array keys{
    Key{"job_name", read_job_name},
    Key{"pool_name", read_pool_name},
    Key{"inputs", read_inputs},
    Key{"exclude", read_exclude},
    Key{"shared_files", read_shared_files},
    Key{"command", read_command},
    Key{"mpi_command", read_mpi_command},
    Key{"coordination_command", read_coordination_command},
    Key{"mpi", read_mpi},
    Key{"sweep", read_later},
    Key{"combine", read_later},
    Key{"sample", read_later},
    Key{"derive", read_later},
    Key{"where", read_later},
    Key{"task_id", read_task_id},
    Key{"templates", read_templates},
    Key{"outputs", read_outputs},
    Key{"results", read_results},
    Key{"environment_variables", read_environment},
    Key{"num_hosts", read_num_hosts},
    Key{"task_slots_per_node", read_slots},
    Key{"vm_size", read_vm_size},
    Key{"pool", read_pool},
    Key{"app_pkgs", read_app_packages},
    Key{"max_task_retry_count", read_retries},
    Key{"max_wall_clock", read_wall_clock},
    Key{"master", read_master},
    Key{"workers", read_workers},
};

constexpr auto key_names() {
  std::array<std::string_view, keys.size()> names;
  for (std::size_t at = 0; at < keys.size(); ++at) names[at] = keys[at].name;
  return names;
}

void read_keys(const StudyReader& reader, const YamlNode& root, Study& study, Problems& problems) {
  static constexpr auto names = key_names();
  for (const YamlEntry& entry : root.entries) {
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const Key& known) { return known.name == entry.key; });
    if (key == keys.end())
      problems.add(reader.unknown_key(entry, names));
    else
      problems.add(key->read(reader, entry.value, study));
  }
}

Status check_whole(const StudyReader& reader, const YamlNode& root, const Study& study) {
  if (study.job_name.empty()) return reader.error({1, 1}, "the study has no job_name");
  DMS_CHECK(check_mpi(reader, root, study));
  DMS_CHECK(check_master(reader, root, study));
  if (study.command.empty() && !study.master)
    return reader.error({1, 1}, "the study has no command");
  for (const std::string& swept : study.space.names())
    for (const auto& [name, value] : study.environment_variables)
      if (swept == name)
        return reader.error(
            reader.find(root, "environment_variables")->mark,
            fmt::format("{} is a parameter and cannot be in environment_variables too", name));
  return ok();
}

// What can be said only when all parameters are known.
Status check_runs(const StudyReader& reader, const YamlNode& root, const Study& study) {
  Problems problems;
  if (const YamlNode* node = reader.find(root, "task_id")) {
    Status checked = check_task_id_pattern(study.task_id, study.space.names());
    if (checked) checked = check_task_ids(study.task_id, study.space);
    if (!checked)
      problems.add(reader.error(node->mark, fmt::format("task_id: {}", checked.error().message)));
  }
  if (const YamlNode* node = reader.find(root, "templates"))
    check_templates(reader, *node, study, problems);
  return problems.status();
}

}  // namespace

Status check_id(std::string_view what, std::string_view id) {
  if (id.empty()) return fail(Code::invalid_argument, fmt::format("{} is empty", what));
  if (id.size() > 64)
    return fail(
        Code::invalid_argument,
        fmt::format("{} '{}' has {} characters; at most 64 are allowed", what, id, id.size()));
  for (const char c : id) {
    const bool allowed = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                         (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!allowed)
      return fail(Code::invalid_argument,
                  fmt::format("{} '{}' may hold letters, digits, '-' and '_' only", what, id));
  }
  return ok();
}

Result<Study> load_study(const fs::path& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed))
    return fail(Code::invalid_argument,
                fmt::format("{} is a folder: name the study file in it", path.string()));
  auto text = read_file(path.string());
  if (!text) return std::move(text).error().context("reading the study");
  return parse_study(path, *text);
}

Result<Study> parse_study(const fs::path& path, std::string_view text) {
  const StudyReader reader(path.string());
  DMS_TRY(const YamlNode root, parse_yaml(path.string(), text));
  if (root.kind != Kind::map)
    return reader.error(root.mark, fmt::format("a study is a map of keys, not {}", describe(root)));
  if (is_job_file(root))
    return reader.error(
        {1, 1}, fmt::format("this is a job file: dmsbatch submit-job --file {0} submits it, "
                            "dmsbatch migrate {0} makes a study of it",
                            path.string()));
  Study study;
  std::error_code failed;
  study.file = fs::absolute(path, failed).lexically_normal();
  Problems problems;
  read_keys(reader, root, study, problems);
  if (auto space = problems.take(read_sweep(reader, root))) study.space = *std::move(space);
  DMS_CHECK(problems.status());
  DMS_CHECK(check_whole(reader, root, study));
  DMS_CHECK(check_runs(reader, root, study));
  if (study.pool_name.empty()) study.pool_name = study.job_name;
  DMS_CHECK(check_pool(reader, root, study));
  return study;
}

}  // namespace dms::models
