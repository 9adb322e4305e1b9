#include "models/job_file/migrate.h"
#include "models/letters.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/job_file/job_directives.h"
#include "models/job_file/sweep_hint.h"
#include "models/job_file/yaml_text.h"
#include "models/study/study.h"

namespace dms::models {
namespace {

using FileKind = JobKeys::FileKind;

bool is_parameter_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) && !name.starts_with("AZ_BATCH") &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

// The user's variable that stands for this part of task_id, "run" for run: '{task_id[1]}'.
std::string name_of_part(const JobFile& job, const std::string& part, std::string otherwise) {
  const auto& known = job_file_keys();
  for (const Variable& variable : job.variables.all())
    if (variable.source == job.source && variable.value.text == part &&
        is_parameter_name(variable.name) &&
        std::find(known.begin(), known.end(), variable.name) == known.end())
      return variable.name;
  return otherwise;
}

// The tasks as a sweep: its YAML, and task values in which each part stands for its parameter, so
// that texts come out with the study's placeholders.
struct Sweep {
  std::string yaml;
  Variables::Values symbols;
};

Sweep sweep_of_list(const JobFile& job, std::size_t parts) {
  Sweep sweep;
  YamlNode& symbol = sweep.symbols["task_id"] = YamlNode{.kind = YamlNode::Kind::list};
  std::vector<std::string> names;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::string otherwise = fmt::format("TASK_ID_{}", part);
    std::string name = name_of_part(job, fmt::format("{{task_id[{}]}}", part), otherwise);
    if (std::find(names.begin(), names.end(), name) != names.end()) name = otherwise;
    symbol.items.push_back(made_text("{" + name + "}"));
    names.push_back(std::move(name));
  }
  sweep.yaml =
      fmt::format("sweep:\n  table:\n    columns: [{}]\n    rows:\n", fmt::join(names, ", "));
  for (std::uint64_t index = 0; index < job.points.size(); ++index)
    sweep.yaml +=
        fmt::format("      - {}\n", yaml_text(job.points.at(index).find("task_id")->second));
  return sweep;
}

Result<Sweep> sweep_of_ids(const JobFile& job) {
  const Variables::Values first = job.points.at(0);
  const YamlNode& id = first.find("task_id")->second;
  std::vector<YamlNode> values;
  for (std::uint64_t index = 0; index < job.points.size(); ++index) {
    const Variables::Values point = job.points.at(index);
    const YamlNode& other = point.find("task_id")->second;
    if (other.kind != id.kind || other.items.size() != id.items.size())
      return fail(Code::invalid_argument,
                  fmt::format("{}: the elements of task_ids are not alike: element {} has another "
                              "number of values than the first",
                              job.source->name, index + 1));
    values.push_back(other);
  }
  if (id.kind == YamlNode::Kind::list) return sweep_of_list(job, id.items.size());
  const std::string name = name_of_part(job, "{task_id}", "TASK_ID");
  Sweep sweep{.yaml = fmt::format("sweep:\n  {}: {}\n", name, sweep_values(values))};
  sweep.symbols["task_id"] = made_text("{" + name + "}");
  return sweep;
}

Sweep sweep_of_space(const JobFile& job) {
  Sweep sweep;
  for (const char* key : {"sweep", "combine"})
    if (const Variable* variable = job.variables.find(key))
      sweep.yaml += fmt::format("{}: {}\n", key, yaml_text(variable->value));
  YamlNode symbol{.kind = YamlNode::Kind::list};
  for (const std::string& name : job.points.parameters()) {
    sweep.symbols[name] = made_text("{" + name + "}");
    symbol.items.push_back(sweep.symbols[name]);
  }
  sweep.symbols["task_id"] = symbol.items.size() == 1 ? symbol.items.front() : symbol;
  return sweep;
}

Result<Sweep> sweep_of(const JobFile& job) {
  if (job.points.is_single()) {
    Sweep none;
    none.symbols["task_id"] = made_text("");
    return none;
  }
  if (!job.points.parameters().empty()) return sweep_of_space(job);
  return sweep_of_ids(job);
}

class Migration {
 public:
  Migration(const JobFile& job, Sweep sweep)
      : job_(job), sweep_(std::move(sweep)), values_(symbols()), keys_(job.variables, values_) {}

  Result<std::string> write() {
    text_ = fmt::format(
        "# A study made from {} by dmsbatch migrate. What a study has no key for "
        "stands here as a comment.\n",
        job_.file.filename().string());
    line("job_name", yaml_text(job_.job_name));
    if (job_.pool_prefix != job_.job_name) line("pool_name", yaml_text(job_.pool_prefix));
    DMS_CHECK(machines());
    DMS_CHECK(inputs());
    DMS_CHECK(packages());
    DMS_TRY(const std::string command, keys_.text("command"));
    text_ += "command: " + yaml_block(prepare_packages_ + command);
    text_ += sweep_.yaml;
    DMS_CHECK(environment());
    DMS_CHECK(outputs());
    DMS_CHECK(comments());
    return std::move(text_);
  }

 private:
  TaskValues symbols() const {
    TaskValues values = job_.variables.of_task(sweep_.symbols);
    values.put("task_name", "run");
    return values;
  }

  void line(std::string_view key, std::string_view value) {
    text_ += fmt::format("{}: {}\n", key, value);
  }
  // One line: what is over several lines was quoted.
  void comment(std::string_view what) { text_ += fmt::format("# {}\n", what); }

  Status machines() {
    DMS_TRY(const std::string vm_size, keys_.text("vm_size"));
    line("vm_size", yaml_text(vm_size));
    for (const char* key : {"num_hosts", "task_slots_per_node", "max_task_retry_count"}) {
      DMS_TRY(const auto number, keys_.integer(key, {-1, 10'000}));
      // A pool of spot nodes only has num_hosts: 0 in a job file.
      const int least = key == std::string_view("num_hosts") ? 1 : -1;
      if (number) line(key, std::to_string(std::max(*number, least)));
    }
    DMS_TRY(const std::string kind, keys_.text("node_type"));
    DMS_TRY(const std::string start_task, own_text("start_task_script"));
    std::string pool = kind == "TargetLowPriorityNodes" ? "recipe: spot" : "";
    if (!start_task.empty())
      pool += fmt::format("{}start_task: {}", pool.empty() ? "" : ", ", yaml_text(start_task));
    if (!pool.empty()) line("pool", "{" + pool + "}");
    DMS_TRY(const std::string limit, keys_.text("max_wall_clock"));
    if (!limit.empty()) line("max_wall_clock", limit);
    return ok();
  }

  // The text of a key that the job file itself has.
  Result<std::string> own_text(std::string_view key) {
    const Variable* variable = job_.variables.find(key);
    if (!variable || variable->source != job_.source) return std::string();
    return keys_.text(key);
  }

  Status packages() {
    const Variable* variable = job_.variables.find("app_pkgs");
    if (!variable || variable->source != job_.source) return ok();
    DMS_TRY(const auto packages, keys_.packages());
    std::string list;
    for (const JobKeys::Package& package : packages) {
      std::string fields = "name: " + yaml_text(package.name);
      if (!package.version.empty()) fields += ", version: " + yaml_text(package.version);
      if (!package.path.empty()) fields += ", path: " + yaml_text(package.path);
      list += fmt::format("{}{{{}}}", list.empty() ? "" : ", ", fields);
      if (!package.init_script.empty()) prepare_packages_ += package.init_script + "\n";
    }
    if (!list.empty()) line("app_pkgs", "[" + list + "]");
    return ok();
  }

  Status inputs() {
    DMS_TRY(const auto files, keys_.files("resource_files", FileKind::resource));
    if (files.empty()) return ok();
    text_ +=
        "# inputs: inputs   # a folder beside this file, with what the tasks took from storage:\n";
    for (const auto& file : files)
      text_ += fmt::format("#   dmsbatch blob download {}/{} inputs/{}\n",
                           job_.storage_container_name, file.blob_prefix, file.blob_prefix);
    return ok();
  }

  Status environment() {
    DMS_TRY(const YamlNode* map, keys_.node("environment_variables"));
    if (!map || map->entries.empty()) return ok();
    std::string lines;
    for (const YamlEntry& entry : map->entries)
      if (entry.value.text != "{" + entry.key + "}")  // a parameter is one already
        lines += fmt::format("  {}: {}\n", yaml_text(entry.key), yaml_text(entry.value));
    if (!lines.empty()) text_ += "environment_variables:\n" + lines;
    return ok();
  }

  Status outputs() {
    DMS_TRY(const auto files, keys_.files("output_files", FileKind::output));
    std::string patterns, paths;
    for (const auto& file : files) {
      if (file.file_pattern.starts_with("../")) continue;  // stdout.txt, stderr.txt come anyway
      patterns += (patterns.empty() ? "" : ", ") + yaml_text(std::string_view(file.file_pattern));
      paths += fmt::format("#   {} went to {}\n", file.file_pattern, file.path);
    }
    if (patterns.empty()) return ok();
    text_ +=
        "# In results.zip, a folder per run. Each pattern must match a file of a run that "
        "succeeds.\n" +
        paths;
    line("outputs", "[" + patterns + "]");
    return ok();
  }

  Status comments() {
    static constexpr std::string_view without_equal[] = {"job_start_command_template",
                                                         "job_start_command_resource_files",
                                                         "app_pkgs",
                                                         "start_task_script",
                                                         "container_run_options",
                                                         "setup_dirs",
                                                         "run_as_admin",
                                                         "node_type",
                                                         "image_reference"};
    for (const std::string_view key : without_equal) {
      const Variable* variable = job_.variables.find(key);
      if (!variable || variable->source != job_.source) continue;
      DMS_TRY(const YamlNode* value, keys_.node(key));
      if (value) comment(fmt::format("{} has no equal: {}", key, yaml_text(*value)));
    }
    if (job_.used.name != "linux" && job_.used.name != "dvsm_container")
      comment(
          fmt::format("the template {} did more than the command: see its "
                      "application_command_template",
                      job_.used.name));
    return ok();
  }

  const JobFile& job_;
  const Sweep sweep_;
  TaskValues values_;
  JobKeys keys_;
  std::string text_;
  std::string prepare_packages_;  // in front of the command
};

}  // namespace

Result<std::string> migrate_job_file(const JobFile& job, const std::filesystem::path& study) {
  if (job.is_windows())
    return fail(Code::invalid_argument,
                fmt::format("{} is for Windows; studies run on Linux", job.source->name));
  if (job.is_multi_instance)
    return fail(
        Code::invalid_argument,
        fmt::format("{} has an mpi_command, which runs on several nodes: submit it as it is "
                    "(dmsbatch submit-job)",
                    job.source->name));
  DMS_TRY(Sweep sweep, sweep_of(job));
  DMS_TRY(std::string text, Migration(job, std::move(sweep)).write());
  DMS_CHECK(parse_study(study, text).context("the study that came of it"));
  return text;
}

}  // namespace dms::models
