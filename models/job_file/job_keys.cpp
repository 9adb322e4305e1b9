#include "models/job_file/job_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "batch/wire_common.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

const std::vector<std::string_view>& job_file_keys() {
  static const std::vector<std::string_view> keys{"template_name",
                                                  "resource_group",
                                                  "batch_account_name",
                                                  "storage_account_name",
                                                  "storage_container_name",
                                                  "location",
                                                  "auth_mode",
                                                  "job_name",
                                                  "pool_name",
                                                  "vm_size",
                                                  "num_hosts",
                                                  "num_cores",
                                                  "task_slots_per_node",
                                                  "node_type",
                                                  "spot_core_limit",
                                                  "ostype",
                                                  "image_reference",
                                                  "node_agent_sku_id",
                                                  "node_fill_type",
                                                  "inter_node_communication",
                                                  "mount_container",
                                                  "start_task_script",
                                                  "app_pkgs",
                                                  "command",
                                                  "mpi_command",
                                                  "study_dir",
                                                  "study_copy_flags",
                                                  "setup_dirs",
                                                  "setup_dirs_copy_flags",
                                                  "delete_after_mins",
                                                  "max_task_retry_count",
                                                  "max_wall_clock",
                                                  "auto_terminate",
                                                  "run_as_admin",
                                                  "environment_variables",
                                                  "resource_files",
                                                  "output_files",
                                                  "job_start_command_template",
                                                  "job_start_command_resource_files",
                                                  "application_command_template",
                                                  "coordination_command_template",
                                                  "pool_bicep_resource",
                                                  "pool_parameters_resource",
                                                  "autoscale_formula",
                                                  "task_ids",
                                                  "task_name",
                                                  "sweep",
                                                  "combine",
                                                  "container_image_name",
                                                  "container_run_options",
                                                  "build_identity_resource_id",
                                                  "created_by"};
  return keys;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}))
    return false;
  return std::nullopt;
}

StudyReader JobKeys::reader(std::string_view key) const {
  const Variable* variable = variables_.find(key);
  return StudyReader(variable && variable->source ? variable->source->name : "the job file");
}

Error JobKeys::error(std::string_view key, std::string_view message) const {
  const Variable* variable = variables_.find(key);
  return reader(key).error(variable ? variable->value.mark : Mark{1, 1}, message);
}

Result<const YamlNode*> JobKeys::node(std::string_view key) {
  DMS_TRY(const YamlNode* value, values_.get(key));
  return value && value->kind == Kind::null ? nullptr : value;
}

Result<std::string> JobKeys::text(std::string_view key) {
  DMS_TRY(const YamlNode* value, node(key));
  if (!value || (value->kind == Kind::scalar && value->text.empty())) return std::string();
  return reader(key).text(key, *value);
}

Result<std::optional<int>> JobKeys::integer(std::string_view key, StudyReader::Limits limits) {
  DMS_TRY(const YamlNode* value, node(key));
  if (!value) return std::optional<int>();
  YamlNode number = *value;
  number.quoted = false;  // "{hosts}" may be a number, too
  int result = 0;
  DMS_CHECK(reader(key).integer(key, number, limits, result));
  return std::optional<int>(result);
}

Result<bool> JobKeys::boolean(std::string_view key, bool absent) {
  DMS_TRY(const YamlNode* value, node(key));
  if (!value) return absent;
  const auto parsed = value->kind == Kind::scalar ? parse_boolean(value->text) : std::nullopt;
  if (!parsed)
    return reader(key).error(value->mark,
                             fmt::format("{} is true or false, not {}", key, describe(*value)));
  return *parsed;
}

Status JobKeys::file_field(std::string_view key, const YamlEntry& field, FileKind kind,
                           FileEntry& file) {
  static constexpr std::array<std::string_view, 2> resource{"file_path", "blob_prefix"};
  static constexpr std::array<std::string_view, 4> output{"file_pattern", "path",
                                                          "upload_condition", "shared"};
  const StudyReader reads = reader(key);
  const std::string what = fmt::format("{}.{}", key, field.key);
  const bool known = kind == FileKind::resource
                         ? std::find(resource.begin(), resource.end(), field.key) != resource.end()
                         : std::find(output.begin(), output.end(), field.key) != output.end();
  if (!known && kind == FileKind::resource) return reads.unknown_key(field, resource);
  if (!known) return reads.unknown_key(field, output);
  DMS_TRY(std::string text, reads.text(what, field.value));
  if (field.key == "shared") {
    const auto shared = parse_boolean(text);
    if (!shared) return reads.error(field.value.mark, what + " is true or false");
    file.shared = *shared;
    return ok();
  }
  if (field.key == "upload_condition" && !parse_word<batch::OutputFileUploadCondition>(text))
    return reads.error(
        field.value.mark,
        fmt::format("{} is taskcompletion, tasksuccess or taskfailure, not '{}'", what, text));
  std::string& member = field.key == "file_path"      ? file.file_path
                        : field.key == "blob_prefix"  ? file.blob_prefix
                        : field.key == "file_pattern" ? file.file_pattern
                        : field.key == "path"         ? file.path
                                                      : file.upload_condition;
  member = std::move(text);
  return ok();
}

Result<std::vector<JobKeys::FileEntry>> JobKeys::files(std::string_view key, FileKind kind) {
  std::vector<FileEntry> files;
  DMS_TRY(const YamlNode* value, node(key));
  if (!value) return files;
  const StudyReader reads = reader(key);
  const std::string_view form = kind == FileKind::resource
                                    ? "{file_path: …, blob_prefix: …}"
                                    : "{file_pattern: …, path: …, upload_condition: …}";
  if (value->kind != Kind::list)
    return reads.error(value->mark,
                       fmt::format("{} is a list of {}, not {}", key, form, describe(*value)));
  for (const YamlNode& item : value->items) {
    if (item.kind != Kind::map)
      return reads.error(item.mark, fmt::format("{} holds {}, not {}", key, form, describe(item)));
    FileEntry file{.mark = item.mark};
    for (const YamlEntry& field : item.entries) DMS_CHECK(file_field(key, field, kind, file));
    const bool complete =
        kind == FileKind::resource ? !file.blob_prefix.empty() : !file.file_pattern.empty();
    if (!complete)
      return reads.error(item.mark,
                         fmt::format("{} needs {}", key,
                                     kind == FileKind::resource ? "blob_prefix" : "file_pattern"));
    files.push_back(std::move(file));
  }
  return files;
}

Result<std::vector<JobKeys::Package>> JobKeys::packages() {
  static constexpr std::array<std::string_view, 4> known{"name", "version", "init_script", "path"};
  std::vector<Package> packages;
  DMS_TRY(const YamlNode* value, node("app_pkgs"));
  if (!value) return packages;
  const StudyReader reads = reader("app_pkgs");
  if (value->kind != Kind::list)
    return reads.error(value->mark, fmt::format("app_pkgs is a list of {{name: …, version: …}}, "
                                                "not {}",
                                                describe(*value)));
  for (const YamlNode& item : value->items) {
    if (item.kind == Kind::scalar && !item.text.empty()) {
      packages.push_back({.name = item.text});
      continue;
    }
    if (item.kind != Kind::map)
      return reads.error(
          item.mark, fmt::format("app_pkgs holds {{name: …, version: …}}, not {}", describe(item)));
    Package package;
    for (const YamlEntry& field : item.entries) {
      if (std::find(known.begin(), known.end(), field.key) == known.end())
        return reads.unknown_key(field, known);
      if (field.value.kind == Kind::null) continue;
      DMS_TRY(std::string text, reads.text("app_pkgs." + field.key, field.value));
      if (field.key == "path") package.on_path = true;
      std::string& member = field.key == "name"          ? package.name
                            : field.key == "version"     ? package.version
                            : field.key == "init_script" ? package.init_script
                                                         : package.path;
      member = std::move(text);
    }
    if (package.name.empty()) return reads.error(item.mark, "a package of app_pkgs needs a name");
    packages.push_back(std::move(package));
  }
  return packages;
}

}  // namespace dms::models
