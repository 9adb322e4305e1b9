// What the service takes in a pool, and what it fills in. Source: REST reference, "Pool - Add".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Errors: batch_error MissingRequiredProperty, InvalidPropertyValue, UnsupportedProperty (mounts,
// containers, extensions: what the local service does not have is refused, not ignored), and
// EmptyMetadataKey, each with its PropertyName; those of check_auto_scale.
Status check_pool(const AutoScaleTimes& times, const batch::Pool& wire);

// Parts of a pool, for the operations that change them.
Status check_target(std::string_view name, const std::optional<int>& target);
Status check_resize_timeout(const std::optional<Duration>& timeout);
Status check_start_task(const batch::StartTask& start);
Status check_metadata(const std::vector<batch::MetadataItem>& metadata);
Status check_task_slots(const std::optional<int>& slots);
Status check_machine(const batch::VirtualMachineConfiguration& machine);
Status check_network(const batch::NetworkConfiguration& network);
Status check_user_accounts(const std::vector<batch::UserAccount>& users);
Status check_scheduling_policy(const batch::TaskSchedulingPolicy& policy);

// What a pool is added with is filled up as the service shows it: defaults, lower-case vmSize, the
// service's own members. Passwords and keys are dropped here and so are stored nowhere.
void fill_pool(batch::Pool& wire, Timestamp now);
void fill_start_task(batch::StartTask& start);
void fill_machine(batch::VirtualMachineConfiguration& machine);
void fill_user_accounts(std::vector<batch::UserAccount>& users);
std::string lower_case(std::string text);

}  // namespace dms::service
