// What the service takes in a pool's virtual machines and network. Source: REST reference, "Pool -
// Add", and the forms of Azure's resource ids.
#include <algorithm>
#include <set>

#include "batch/errors.h"
#include "service/core/check_pool.h"
#include "service/core/refusals.h"

namespace dms::service {

using batch::invalid_property;

namespace {

constexpr std::size_t max_nat_pools = 5;
constexpr std::size_t max_endpoint_name = 77;
constexpr std::size_t max_rules = 25;
constexpr int min_frontend_ports = 40;
constexpr int last_frontend_port = 65534;
constexpr int first_reserved_port = 50000;  // of SSH and RDP
constexpr int last_reserved_port = 55000;

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

// Whether `text` has the segments of `form`, case ignored; "*" stands for any name and "?" for a
// GUID.
bool has_form(std::string_view text, std::string_view form) {
  while (!form.empty()) {
    if (text.empty() || text.front() != '/') return false;
    text.remove_prefix(1);
    form.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    const auto wanted = form.substr(0, form.find('/'));
    const bool fits = wanted == "*"   ? !segment.empty()
                      : wanted == "?" ? is_guid(segment)
                                      : equal_ignoring_case(segment, wanted);
    if (!fits) return false;
    text.remove_prefix(segment.size());
    form.remove_prefix(wanted.size());
  }
  return text.empty();
}

constexpr std::string_view image_forms[] = {
    "/subscriptions/?/resourceGroups/*/providers/Microsoft.Compute/images/*",
    "/subscriptions/?/resourceGroups/*/providers/Microsoft.Compute/galleries/*/images/*",
    "/subscriptions/?/resourceGroups/*/providers/Microsoft.Compute/galleries/*/images/*/versions/*",
};

Status check_image(const batch::ImageReference& image) {
  constexpr std::string_view path = "virtualMachineConfiguration.imageReference";
  if (const auto& id = image.virtual_machine_image_id) {
    const bool fits = std::any_of(std::begin(image_forms), std::end(image_forms),
                                  [&](std::string_view form) { return has_form(*id, form); });
    if (fits) return ok();
    return invalid_property("virtualMachineConfiguration.imageReference.virtualMachineImageId", *id,
                            "it must be the resource id of an image or of a version of an image in "
                            "a gallery");
  }
  if (image.shared_gallery_image_id || image.community_gallery_image_id) return ok();
  if (!image.publisher || !image.offer || !image.sku)
    return invalid_property(path, {}, "name publisher, offer and sku, or the id of an image");
  return ok();
}

Status check_disks(const std::vector<batch::DataDisk>& disks) {
  std::set<int> luns;
  for (const auto& disk : disks) {
    const std::string lun = std::to_string(disk.lun);
    if (disk.lun < 0 || disk.lun > 63)
      return invalid_property("dataDisks.lun", lun, "it must lie between 0 and 63");
    if (!luns.insert(disk.lun).second)
      return invalid_property("dataDisks.lun", lun, "it stands there twice");
    if (disk.disk_size_gb < 1)
      return invalid_property("dataDisks.diskSizeGB", std::to_string(disk.disk_size_gb),
                              "it must be 1 or more");
    DMS_CHECK(check_word("dataDisks.caching", disk.caching, {"none", "readonly", "readwrite"}));
    DMS_CHECK(check_word("dataDisks.storageAccountType", disk.storage_account_type,
                         {"standard_lrs", "premium_lrs", "standardssd_lrs"}));
  }
  return ok();
}

Status check_encryption(const batch::DiskEncryptionConfiguration& encryption) {
  if (encryption.customer_managed_key)
    return not_here("diskEncryptionConfiguration.customerManagedKey");
  for (const auto& target : encryption.targets)
    DMS_CHECK(
        check_word("diskEncryptionConfiguration.targets", target, {"osdisk", "temporarydisk"}));
  return ok();
}

Status check_rules(const std::vector<batch::NetworkSecurityGroupRule>& rules) {
  constexpr std::string_view path = "networkSecurityGroupRules";
  if (rules.size() > max_rules)
    return invalid_property(path, std::to_string(rules.size()), "there may be at most 25");
  std::set<int> priorities;
  for (const auto& rule : rules) {
    const std::string priority = std::to_string(rule.priority);
    if (rule.priority < 150 || rule.priority > 4096)
      return invalid_property("networkSecurityGroupRules.priority", priority,
                              "it must lie between 150 and 4096");
    if (!priorities.insert(rule.priority).second)
      return invalid_property("networkSecurityGroupRules.priority", priority,
                              "it stands there twice");
    DMS_CHECK(check_word("networkSecurityGroupRules.access", rule.access, {"allow", "deny"}));
  }
  return ok();
}

Status check_frontend(const batch::InboundNatPool& pool) {
  const int first = pool.frontend_port_range_start;
  const int last = pool.frontend_port_range_end;
  if (first < 1 || first > last_frontend_port)
    return invalid_property("inboundNATPools.frontendPortRangeStart", std::to_string(first),
                            "it must lie between 1 and 65534");
  if (last > last_frontend_port || last - first + 1 < min_frontend_ports)
    return invalid_property("inboundNATPools.frontendPortRangeEnd", std::to_string(last),
                            "the range must have at least 40 ports and end at 65534");
  if (first <= last_reserved_port && last >= first_reserved_port)
    return invalid_property("inboundNATPools.frontendPortRangeStart", std::to_string(first),
                            "the ports from 50000 to 55000 are reserved");
  return ok();
}

Status check_backend(int port) {
  constexpr int refused[] = {22, 3389, 29876, 29877};
  if (port < 1 || port > 65535 || std::count(std::begin(refused), std::end(refused), port))
    return invalid_property(
        "inboundNATPools.backendPort", std::to_string(port),
        "it must lie between 1 and 65535 and be none of 22, 3389, 29876, 29877");
  return ok();
}

Status check_nat_pools(const std::vector<batch::InboundNatPool>& pools) {
  if (pools.size() > max_nat_pools)
    return invalid_property("inboundNATPools", std::to_string(pools.size()),
                            "there may be at most 5");
  std::set<std::string> names;
  std::set<int> backends;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const auto& pool = pools[i];
    if (pool.name.empty() || pool.name.size() > max_endpoint_name)
      return invalid_property("inboundNATPools.name", pool.name, "names have 1 to 77 characters");
    if (!names.insert(lower_case(pool.name)).second)
      return invalid_property("inboundNATPools.name", pool.name, "it stands there twice");
    DMS_CHECK(check_backend(pool.backend_port));
    if (!backends.insert(pool.backend_port).second)
      return invalid_property("inboundNATPools.backendPort", std::to_string(pool.backend_port),
                              "it stands there twice");
    DMS_CHECK(check_frontend(pool));
    for (std::size_t j = 0; j < i; ++j)
      if (pools[j].frontend_port_range_start <= pool.frontend_port_range_end &&
          pool.frontend_port_range_start <= pools[j].frontend_port_range_end)
        return invalid_property("inboundNATPools.frontendPortRangeStart",
                                std::to_string(pool.frontend_port_range_start),
                                "its range overlaps that of " + pools[j].name);
    DMS_CHECK(check_rules(pool.network_security_group_rules));
  }
  return ok();
}

constexpr std::string_view subnet_form =
    "/subscriptions/?/resourceGroups/*/providers/Microsoft.Network/virtualNetworks/*/subnets/*";

}  // namespace

Status check_machine(const batch::VirtualMachineConfiguration& machine) {
  DMS_CHECK(check_image(machine.image_reference));
  if (machine.node_agent_sku_id.empty())
    return missing_property("virtualMachineConfiguration.nodeAgentSKUId");
  if (machine.container_configuration)
    return not_here("virtualMachineConfiguration.containerConfiguration");
  if (!machine.extensions.empty()) return not_here("virtualMachineConfiguration.extensions");
  if (machine.service_artifact_reference)
    return not_here("virtualMachineConfiguration.serviceArtifactReference");
  DMS_CHECK(check_disks(machine.data_disks));
  if (machine.disk_encryption_configuration)
    DMS_CHECK(check_encryption(*machine.disk_encryption_configuration));
  if (machine.node_placement_configuration)
    DMS_CHECK(check_word("nodePlacementConfiguration.policy",
                         machine.node_placement_configuration->policy, {"regional", "zonal"}));
  return ok();
}

Status check_network(const batch::NetworkConfiguration& network) {
  if (const auto& subnet = network.subnet_id)
    return invalid_property(
        "networkConfiguration.subnetId", *subnet,
        has_form(*subnet, subnet_form)
            ? "the subnet must be of the account's subscription, and the local service has none"
            : "it must have the form /subscriptions/{guid}/resourceGroups/{group}/providers/"
              "Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}");
  DMS_CHECK(check_word("networkConfiguration.dynamicVNetAssignmentScope",
                       network.dynamic_vnet_assignment_scope, {"none", "job"}));
  if (equal_ignoring_case(network.dynamic_vnet_assignment_scope.value_or("none"), "job"))
    return not_here("networkConfiguration.dynamicVNetAssignmentScope");
  if (network.public_ip_address_configuration) {
    const auto& address = *network.public_ip_address_configuration;
    DMS_CHECK(check_word("publicIPAddressConfiguration.provision", address.provision,
                         {"batchmanaged", "usermanaged", "nopublicipaddresses"}));
    if (!address.ip_address_ids.empty())
      return not_here("networkConfiguration.publicIPAddressConfiguration.ipAddressIds");
  }
  if (network.endpoint_configuration)
    return check_nat_pools(network.endpoint_configuration->inbound_nat_pools);
  return ok();
}

}  // namespace dms::service
