#include "service/core/check_pool.h"

#include <algorithm>
#include <set>

#include "batch/errors.h"
#include "service/core/auto_scale.h"
#include "service/core/pools.h"
#include "service/core/refusals.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::invalid_property;

namespace {

constexpr int max_slots = 256;
constexpr std::size_t max_display_name = 1024;
constexpr std::size_t max_user_name = 20;
constexpr std::size_t max_start_task = 32768;
constexpr Ticks min_resize_timeout = std::chrono::minutes(5);
constexpr Ticks max_resize_timeout = std::chrono::hours(168);

Status check_identity(const batch::Pool& wire) {
  if (wire.id.empty()) return missing_property("id");
  if (!valid_id(wire.id))
    return invalid_property("id", wire.id,
                            "ids have 1 to 64 of letters, digits, hyphen and underscore");
  if (wire.display_name.value_or("").size() > max_display_name)
    return invalid_property("displayName", {}, "it must have at most 1024 characters");
  if (wire.vm_size.empty()) return missing_property("vmSize");
  return ok();
}

bool is_empty_list(const std::optional<Opaque>& json) { return !json || json->json == "[]"; }

// What Azure has and this machine has not: accepted, it would be a promise that is not kept.
Status check_not_here(const batch::Pool& wire) {
  if (wire.cloud_service_configuration) return not_here("cloudServiceConfiguration");
  if (!wire.application_licenses.empty()) return not_here("applicationLicenses");
  if (!wire.mount_configuration.empty()) return not_here("mountConfiguration");
  if (wire.identity) return not_here("identity");
  if (!is_empty_list(wire.certificate_references))
    return batch::property_error("InvalidCertificateReferences", "certificateReferences", {},
                                 "the account has no certificates");
  return ok();
}

}  // namespace

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Status check_target(std::string_view name, const std::optional<int>& target) {
  if (target && (*target < 0 || *target > max_nodes_here))
    return invalid_property(name, std::to_string(*target),
                            "the local service has 0 to 1000 nodes a pool");
  return ok();
}

Status check_resize_timeout(const std::optional<Duration>& timeout) {
  if (timeout && (timeout->span < min_resize_timeout || timeout->span > max_resize_timeout))
    return invalid_property("resizeTimeout", timeout->iso8601(),
                            "it must lie between 5 minutes and 168 hours");
  return ok();
}

Status check_start_task(const batch::StartTask& start) {
  if (start.command_line.empty())
    return invalid_property("startTask.commandLine", {}, "it must not be empty");
  if (start.container_settings) return not_here("startTask.containerSettings");
  if (start.max_task_retry_count.value_or(0) < -1)
    return invalid_property("startTask.maxTaskRetryCount",
                            std::to_string(*start.max_task_retry_count),
                            "it must be -1 (no limit), 0 or more");
  if (encode(batch::Pool{.start_task = start}).size() > max_start_task)
    return invalid_property("startTask", {}, "it must have at most 32768 characters");
  return check_resource_files(start.resource_files);
}

Status check_metadata(const std::vector<batch::MetadataItem>& metadata) {
  for (const auto& item : metadata)
    if (item.name.empty())
      return batch::property_error("EmptyMetadataKey", "metadata.name", {}, "it is empty");
  return ok();
}

Status check_task_slots(const std::optional<int>& slots) {
  if (slots && (*slots < 1 || *slots > max_slots))
    return invalid_property("taskSlotsPerNode", std::to_string(*slots),
                            "it must lie between 1 and 256");
  return ok();
}

Status check_scheduling_policy(const batch::TaskSchedulingPolicy& policy) {
  return check_word("taskSchedulingPolicy.jobDefaultOrder", policy.job_default_order,
                    {"none", "creationtime"});
}

Status check_user_accounts(const std::vector<batch::UserAccount>& users) {
  std::set<std::string> names;
  for (const auto& user : users) {
    if (user.name.empty() || user.name.size() > max_user_name)
      return invalid_property("userAccounts.name", user.name, "names have 1 to 20 characters");
    if (!names.insert(lower_case(user.name)).second)
      return invalid_property("userAccounts.name", user.name, "it stands there twice");
    if (user.windows_user_configuration)
      DMS_CHECK(check_word("userAccounts.windowsUserConfiguration.loginMode",
                           user.windows_user_configuration->login_mode, {"batch", "interactive"}));
  }
  return ok();
}

Status check_pool(const AutoScaleTimes& times, const batch::Pool& wire) {
  DMS_CHECK(check_identity(wire));
  DMS_CHECK(check_target("targetDedicatedNodes", wire.target_dedicated_nodes));
  DMS_CHECK(check_target("targetLowPriorityNodes", wire.target_low_priority_nodes));
  DMS_CHECK(check_resize_timeout(wire.resize_timeout));
  DMS_CHECK(check_task_slots(wire.task_slots_per_node));
  DMS_CHECK(check_not_here(wire));
  DMS_CHECK(check_auto_scale(times, wire));
  if (wire.virtual_machine_configuration)
    DMS_CHECK(check_machine(*wire.virtual_machine_configuration));
  if (wire.network_configuration) DMS_CHECK(check_network(*wire.network_configuration));
  if (wire.task_scheduling_policy) DMS_CHECK(check_scheduling_policy(*wire.task_scheduling_policy));
  if (wire.start_task) DMS_CHECK(check_start_task(*wire.start_task));
  DMS_CHECK(check_user_accounts(wire.user_accounts));
  return check_metadata(wire.metadata);
}

void fill_start_task(batch::StartTask& start) {
  if (!start.user_identity)
    start.user_identity = batch::UserIdentity{
        .auto_user = batch::AutoUser{batch::AutoUserScope::pool, batch::ElevationLevel::nonadmin}};
  if (!start.max_task_retry_count) start.max_task_retry_count = 0;
  if (!start.wait_for_success) start.wait_for_success = true;
}

void fill_machine(batch::VirtualMachineConfiguration& machine) {
  batch::ImageReference& image = machine.image_reference;
  if (!image.version && image.publisher) image.version = "latest";
  image.exact_version.reset();
  for (auto& disk : machine.data_disks) {
    disk.caching = lower_case(disk.caching.value_or("none"));
    disk.storage_account_type = lower_case(disk.storage_account_type.value_or("standard_lrs"));
  }
}

void fill_user_accounts(std::vector<batch::UserAccount>& users) {
  for (auto& user : users) {
    user.password.reset();
    if (user.linux_user_configuration) user.linux_user_configuration->ssh_private_key.reset();
    if (!user.elevation_level) user.elevation_level = batch::ElevationLevel::nonadmin;
  }
}

void fill_pool(batch::Pool& wire, Timestamp now) {
  wire.creation_time = now;
  wire.last_modified = now;
  wire.etag = now.etag();
  wire.state = batch::PoolState::active;
  wire.state_transition_time = now;
  wire.resize_errors.clear();
  wire.stats.reset();
  wire.certificate_references.reset();
  wire.vm_size = lower_case(std::move(wire.vm_size));
  if (!wire.resize_timeout)
    wire.resize_timeout = Duration{std::chrono::duration_cast<Ticks>(std::chrono::minutes(15))};
  wire.current_dedicated_nodes = 0;
  wire.current_low_priority_nodes = 0;
  if (!wire.target_dedicated_nodes) wire.target_dedicated_nodes = 0;
  if (!wire.target_low_priority_nodes) wire.target_low_priority_nodes = 0;
  if (!wire.enable_auto_scale) wire.enable_auto_scale = false;
  if (!wire.enable_inter_node_communication) wire.enable_inter_node_communication = false;
  if (!wire.task_slots_per_node) wire.task_slots_per_node = 1;
  if (!wire.task_scheduling_policy) wire.task_scheduling_policy.emplace();
  if (wire.start_task) fill_start_task(*wire.start_task);
  if (wire.virtual_machine_configuration) fill_machine(*wire.virtual_machine_configuration);
  fill_user_accounts(wire.user_accounts);
}

}  // namespace dms::service
