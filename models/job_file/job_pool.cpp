// The pool of a job file.
#include <fmt/format.h>

#include "core/version.h"
#include "models/job_file/job_directives.h"
#include "models/job_file/job_scripts.h"
#include "models/job_file/node_commands.h"

namespace dms::models {
namespace {

constexpr std::chrono::minutes resize_timeout{15};
constexpr std::chrono::minutes scale_interval{5};  // the least that Azure takes

std::optional<std::string> unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Result<batch::ImageReference> image(JobKeys& keys) {
  DMS_TRY(const YamlNode* node, keys.node("image_reference"));
  const StudyReader reader = keys.reader("image_reference");
  constexpr std::array<std::string_view, 5> known{"publisher", "offer", "sku", "version", "id"};
  if (!node || node->kind != YamlNode::Kind::map)
    return keys.error("image_reference",
                      "image_reference is {publisher: …, offer: …, sku: …, version: …} or {id: …}");
  batch::ImageReference image;
  for (const YamlEntry& field : node->entries) {
    if (std::find(known.begin(), known.end(), field.key) == known.end())
      return reader.unknown_key(field, known);
    if (field.key == "id" && field.value.text.empty())
      return reader.error(field.value.mark,
                          "this template needs an image of your own: write image_reference: {id: "
                          "/subscriptions/…} into the job file");
    DMS_TRY(std::string text, reader.text("image_reference." + field.key, field.value));
    (field.key == "publisher" ? image.publisher
     : field.key == "offer"   ? image.offer
     : field.key == "sku"     ? image.sku
     : field.key == "version" ? image.version
                              : image.virtual_machine_image_id) = std::move(text);
  }
  return image;
}

Status add_container(JobKeys& keys, batch::VirtualMachineConfiguration& machine) {
  DMS_TRY(const YamlNode* options, keys.node("container_run_options"));
  DMS_TRY(std::string name, keys.text("container_image_name"));
  if (options && !name.empty())
    machine.container_configuration =
        batch::ContainerConfiguration{.container_image_names = {std::move(name)}};
  return ok();
}

Status add_scale(const JobFile& job, JobKeys& keys, TaskValues& values, Where where,
                 batch::Pool& pool) {
  DMS_TRY(const auto hosts, keys.integer("num_hosts", {0, 10'000}));
  if (where == Where::this_machine) {
    pool.target_dedicated_nodes = std::max(1, hosts.value_or(1));
    pool.resize_timeout = Duration{resize_timeout};
    return ok();
  }
  DMS_TRY(ScriptText text, script_text(job, keys, "autoscale_formula", "autoscale_formula.txt"));
  text.kind = TextKind::formula;
  DMS_TRY(pool.auto_scale_formula, expand_script(job, values, text));
  pool.enable_auto_scale = true;
  pool.auto_scale_evaluation_interval = Duration{scale_interval};
  return ok();
}

Status add_start_task(const JobFile& job, JobKeys& keys, batch::Pool& pool) {
  DMS_TRY(const std::string script, keys.text("start_task_script"));
  if (script.empty()) return ok();
  pool.start_task = batch::StartTask{
      .command_line = start_task_line(script, job.os),
      .user_identity =
          batch::UserIdentity{.auto_user =
                                  batch::AutoUser{.scope = batch::AutoUserScope::pool,
                                                  .elevation_level = batch::ElevationLevel::admin}},
      .max_task_retry_count = 0,
      .wait_for_success = true};
  return ok();
}

// The container as a folder of each node, by the signature that the job file's {sas} is.
Status add_mount(const JobFile& job, JobKeys& keys, TaskValues& values, Where where,
                 batch::Pool& pool) {
  DMS_TRY(const bool mounts, keys.boolean("mount_container", false));
  if (!mounts || where == Where::this_machine) return ok();
  DMS_TRY(const YamlNode* sas, values.get("sas"));
  pool.mount_configuration.push_back(
      {.azure_blob_file_system_configuration = batch::AzureBlobFileSystemConfiguration{
           .account_name = job.storage_account_name,
           .container_name = job.storage_container_name,
           .sas_key = sas ? sas->text : "",
           .blobfuse_options = "-o allow_other",
           .relative_mount_path = job.storage_container_name}});
  return ok();
}

}  // namespace

Result<batch::Pool> make_pool(const JobFile& job, const std::string& pool_id, Where where) {
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  batch::Pool pool{.id = pool_id};
  DMS_TRY(pool.vm_size, keys.text("vm_size"));
  if (pool.vm_size.empty()) return keys.error("vm_size", "the job file has no vm_size");
  batch::VirtualMachineConfiguration machine;
  DMS_TRY(machine.image_reference, image(keys));
  DMS_TRY(machine.node_agent_sku_id, keys.text("node_agent_sku_id"));
  DMS_CHECK(add_container(keys, machine));
  pool.virtual_machine_configuration = std::move(machine);
  DMS_TRY(pool.task_slots_per_node, keys.integer("task_slots_per_node", {1, 256}));
  DMS_TRY(const bool communicates, keys.boolean("inter_node_communication", false));
  pool.enable_inter_node_communication = communicates || job.is_multi_instance;
  DMS_TRY(const std::string fill, keys.text("node_fill_type"));
  const auto fill_type = parse_word<batch::NodeFillType>(fill.empty() ? "pack" : fill);
  if (!fill_type)
    return keys.error("node_fill_type",
                      fmt::format("node_fill_type is pack or spread, not '{}'", fill));
  pool.task_scheduling_policy = batch::TaskSchedulingPolicy{.node_fill_type = *fill_type};
  DMS_TRY(const auto packages, keys.packages());
  for (const JobKeys::Package& package : packages)
    pool.application_package_references.push_back(
        {.application_id = package.name, .version = unless_empty(package.version)});
  DMS_CHECK(add_start_task(job, keys, pool));
  DMS_CHECK(add_mount(job, keys, values, where, pool));
  DMS_CHECK(add_scale(job, keys, values, where, pool));
  DMS_TRY(std::string creator, keys.text("created_by"));
  pool.metadata = {{.name = "created-by", .value = creator},
                   {.name = "dmsbatch-version", .value = std::string(version)}};
  return pool;
}

}  // namespace dms::models
