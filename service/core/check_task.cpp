// What the service does not take in a task. Source: REST reference, "Task - Add".
#include "batch/errors.h"
#include "service/core/refusals.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::invalid_property;

namespace {

Status check_resource_file(const batch::ResourceFile& file) {
  const int sources = file.http_url.has_value() + file.storage_container_url.has_value() +
                      file.auto_storage_container_name.has_value();
  if (sources != 1)
    return invalid_property("resourceFiles", file.file_path.value_or(""),
                            "name exactly one of httpUrl, storageContainerUrl and "
                            "autoStorageContainerName");
  if (file.http_url && file.file_path.value_or("").empty())
    return invalid_property("resourceFiles", *file.http_url, "httpUrl needs a filePath");
  return ok();
}

Status check_output_file(const batch::OutputFile& file) {
  if (!file.destination.container)
    return invalid_property("outputFiles", file.file_pattern, "the destination has no container");
  return ok();
}

Status check_instances(const batch::MultiInstanceSettings& settings, int slots) {
  const int count = settings.number_of_instances.value_or(1);
  if (count < 1)
    return invalid_property("multiInstanceSettings.numberOfInstances", std::to_string(count),
                            "it must be at least 1");
  if (settings.coordination_command_line.empty())
    return invalid_property("multiInstanceSettings.coordinationCommandLine", "",
                            "it must not be empty");
  if (slots != 1)
    return invalid_property("requiredSlots", std::to_string(slots),
                            "it must be 1 for a multi-instance task");
  for (const auto& file : settings.common_resource_files) DMS_CHECK(check_resource_file(file));
  return ok();
}

}  // namespace

Status check_resource_files(const std::vector<batch::ResourceFile>& files) {
  for (const auto& file : files) DMS_CHECK(check_resource_file(file));
  return ok();
}

Status check_task(const PoolRecord* pool, const batch::Task& wire) {
  if (!valid_id(wire.id))
    return invalid_property("id", wire.id,
                            "ids have 1 to 64 of letters, digits, hyphen and underscore");
  if (wire.command_line.empty()) return invalid_property("commandLine", "", "it must not be empty");
  const int slots = wire.required_slots.value_or(1);
  if (slots < 1 || (pool && slots > pool->slots_per_node()))
    return invalid_property("requiredSlots", std::to_string(slots),
                            "it must lie between 1 and the pool's taskSlotsPerNode");
  if (wire.multi_instance_settings)
    DMS_CHECK(check_instances(*wire.multi_instance_settings, slots));
  if (wire.container_settings)
    return batch::property_error("UnsupportedProperty", "containerSettings", {},
                                 "it is not supported by the local service, which runs tasks as "
                                 "processes and has no containers");
  DMS_CHECK(check_resource_files(wire.resource_files));
  for (const auto& file : wire.output_files) DMS_CHECK(check_output_file(file));
  return ok();
}

}  // namespace dms::service
