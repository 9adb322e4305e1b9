#include "models/job_file/job_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/file.h"
#include "core/suggest.h"
#include "core/version.h"
#include "models/job_file/check_job_file.h"
#include "models/job_file/python_data.h"
#include "models/job_file/sweep_hint.h"
#include "models/study/study.h"
#include "models/study/sweep_keys.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;
using Kind = YamlNode::Kind;

constexpr std::array<std::string_view, 6> required_keys{
    "template_name",        "resource_group",         "batch_account_name",
    "storage_account_name", "storage_container_name", "job_name"};

Status check_required(const StudyReader& reader, const YamlNode& root) {
  if (root.kind != Kind::map)
    return reader.error(root.mark, "a job file is a map of keys, not " + describe(root));
  for (const std::string_view key : required_keys) {
    const YamlNode* value = reader.find(root, key);
    if (!value) return reader.error({1, 1}, fmt::format("the job file has no {}", key));
    DMS_TRY([[maybe_unused]] const std::string text, reader.text(key, *value));
  }
  return ok();
}

std::string login_name() {
  const char* name = std::getenv("USER");
  return name ? name : "";
}

// What no file says. Those that only a submission knows are told by their names until then.
std::vector<Variable> made_variables(const JobFileOptions& options) {
  std::vector<Variable> made;
  const auto add = [&](std::string name, std::string text) {
    made.push_back({std::move(name), made_text(std::move(text)), {}});
  };
  add("dmsbatch_version", std::string(version));
  add("startTime", options.now.iso8601());
  add("sas", "<sas>");
  add("sas_win", "<sas>");
  add("storage_container_url", "<storage_container_url>");
  add("created_by", login_name());
  return made;
}

// The elements of task_ids, when they are data.
Result<TaskPoints> read_task_ids(const JobFile& job, const YamlNode& written,
                                 const YamlNode& value) {
  const SourceText& source = *job.source;
  std::vector<YamlNode> ids;
  if (value.kind == Kind::list) {
    ids = value.items;
  } else if (value.kind == Kind::scalar) {
    PythonData data = read_python_data(value.text);
    if (data.not_data)
      return error_in(source, written.mark, value.text, data.not_data->offset,
                      fmt::format("task_ids is a program, which is not run: {}\n{}",
                                  data.not_data->what, sweep_instead_of(value.text)));
    ids = std::move(data.items);
  } else {
    return yaml_error(source.name, written.mark,
                      "task_ids is a list, or Python that gives one, not " + describe(value));
  }
  if (ids.empty()) return yaml_error(source.name, written.mark, "task_ids has no elements");
  return TaskPoints(std::move(ids));
}

Result<TaskPoints> read_points(JobFile& job, const YamlNode& root) {
  const StudyReader reader(job.source->name);
  const YamlNode* task_ids = reader.find(root, "task_ids");
  const YamlNode* sweep = reader.find(root, "sweep");
  if (sweep && task_ids)
    return reader.error(sweep->mark, "task_ids and sweep both say what the tasks are: keep one");
  if (sweep) {
    DMS_TRY(ParameterSpace space, read_sweep(reader, root));
    return TaskPoints(std::move(space));
  }
  if (!task_ids || task_ids->kind == Kind::null) return TaskPoints();
  TaskValues values = job.variables.of_task({});
  DMS_TRY(const YamlNode* value, values.get("task_ids"));
  return read_task_ids(job, *task_ids, *value);
}

// Cores and slots follow from the size of the machines unless the file says them.
Status set_cores(JobFile& job) {
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  DMS_TRY(const std::string vm_size, keys.text("vm_size"));
  DMS_TRY(const auto hosts, keys.integer("num_hosts", {0, 10'000}));
  DMS_TRY(const auto slots, keys.integer("task_slots_per_node", {1, 256}));
  DMS_TRY(const auto node_type, keys.text("node_type"));
  const YamlNode* cores_given = nullptr;
  if (job.variables.knows("num_cores")) {
    DMS_TRY(cores_given, keys.node("num_cores"));
  }
  const std::optional<int> cores = cores_of(vm_size);
  if (!cores && (!cores_given || (!slots && !job.is_multi_instance)))
    return keys.error("vm_size",
                      fmt::format("how many cores {} has is not known here: write num_cores and "
                                  "task_slots_per_node",
                                  vm_size));
  if (!cores_given)
    DMS_CHECK(
        job.variables.set("num_cores", std::to_string(*cores * std::max(1, hosts.value_or(1)))));
  if (job.is_multi_instance && slots.value_or(1) != 1)
    return keys.error("task_slots_per_node",
                      fmt::format("task_slots_per_node is {}, but tasks of an mpi_command start "
                                  "only on nodes with one slot, else they wait for ever: leave the "
                                  "key away",
                                  *slots));
  const int usual_slots = job.is_multi_instance ? 1 : cores.value_or(1);
  if (!slots) DMS_CHECK(job.variables.set("task_slots_per_node", std::to_string(usual_slots)));
  if (node_type != "TargetDedicatedNodes" && node_type != "TargetLowPriorityNodes")
    return keys.error("node_type", fmt::format("node_type is TargetDedicatedNodes or "
                                               "TargetLowPriorityNodes, not '{}'",
                                               node_type));
  return job.variables.set("nodeType", node_type);
}

Status read_facts(JobFile& job) {
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  DMS_TRY(job.job_name, keys.text("job_name"));
  DMS_TRY(job.pool_prefix, keys.text("pool_name"));
  DMS_TRY(job.location, keys.text("location"));
  DMS_TRY(job.batch_account_name, keys.text("batch_account_name"));
  DMS_TRY(job.storage_account_name, keys.text("storage_account_name"));
  DMS_TRY(job.storage_container_name, keys.text("storage_container_name"));
  DMS_TRY(const std::string os, keys.text("ostype"));
  if (!os.empty() && os != "linux" && os != "windows")
    return keys.error("ostype", fmt::format("ostype is linux or windows, not '{}'", os));
  job.os = os == "windows" ? batch::OsType::windows : batch::OsType::linux_os;
  DMS_TRY(const std::string auth_mode, keys.text("auth_mode"));
  job.signs_in_by_entra = auth_mode == "aad";
  DMS_TRY(const YamlNode* mpi, keys.node("mpi_command"));
  job.is_multi_instance = mpi != nullptr;
  DMS_TRY(job.auto_terminate, keys.boolean("auto_terminate", true));
  return ok();
}

}  // namespace

bool is_job_file(const YamlNode& root) {
  return std::any_of(root.entries.begin(), root.entries.end(), [](const YamlEntry& entry) {
    return entry.key == "template_name" || entry.key == "batch_account_name";
  });
}

bool is_job_file(const fs::path& path) {
  const auto text = read_file(path.string());
  if (!text) return false;
  const auto root = parse_yaml(path.string(), *text);
  return root && root->kind == Kind::map && is_job_file(*root);
}

Result<JobFile> load_job_file(const fs::path& path, const JobFileOptions& options) {
  auto text = read_file(path.string());
  if (!text) return std::move(text).error().context("reading the job file");
  return parse_job_file(path, *text, options);
}

Result<JobFile> parse_job_file(const fs::path& path, std::string_view text,
                               const JobFileOptions& options) {
  JobFile job{.source = std::make_shared<SourceText>(SourceText{path.string(), std::string(text)}),
              .shelf = TemplateShelf(options.template_dir)};
  std::error_code failed;
  job.file = fs::absolute(path, failed).lexically_normal();
  const StudyReader reader(path.string());
  DMS_TRY(const YamlNode root, parse_yaml(path.string(), text));
  DMS_CHECK(check_required(reader, root));

  const YamlNode& template_name = *reader.find(root, "template_name");
  auto used = job.shelf.open(template_name.text);
  if (!used && used.error().code == Code::not_found)
    return reader.error(template_name.mark, used.error().message);
  if (!used) return std::move(used).error();
  job.used = std::move(*used);

  std::vector<Variable> variables;
  for (const YamlEntry& entry : root.entries)
    variables.push_back({entry.key, entry.value, job.source});
  for (const Variable& variable : job.used.defaults) variables.push_back(variable);
  for (Variable& variable : made_variables(options)) variables.push_back(std::move(variable));
  std::vector<std::string> of_task{"task_id", "main_command", "app_pkgs_script"};
  // The space is read again below; here its names are wanted.
  if (reader.find(root, "sweep")) {
    DMS_TRY(ParameterSpace space, read_sweep(reader, root));
    for (const std::string& name : TaskPoints(std::move(space)).parameters())
      of_task.push_back(name);
  }
  if (!reader.find(root, "task_name")) of_task.push_back("task_name");
  DMS_TRY(job.variables, Variables::make(std::move(variables), std::move(of_task)));
  DMS_CHECK(read_facts(job));
  DMS_CHECK(set_cores(job));
  DMS_TRY(job.points, read_points(job, root));
  DMS_CHECK(check_job_file(job, root));
  return job;
}

}  // namespace dms::models
