// Networks of pools and jobs, and the endpoints that nodes get by them.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

enum class InboundEndpointProtocol { tcp, udp };
constexpr auto words(InboundEndpointProtocol) {
  using enum InboundEndpointProtocol;
  return std::array{word(tcp, "tcp"), word(udp, "udp")};
}

struct NetworkSecurityGroupRule {
  int priority = 0;
  std::string access;
  std::string source_address_prefix;
  std::vector<std::string> source_port_ranges;
  bool operator==(const NetworkSecurityGroupRule&) const = default;
  template <class S = NetworkSecurityGroupRule>
  static constexpr auto fields() {
    return std::tuple{required("priority", &S::priority), required("access", &S::access),
                      required("sourceAddressPrefix", &S::source_address_prefix),
                      field("sourcePortRanges", &S::source_port_ranges)};
  }
};

// Frontend ports of the pool, one per node, that lead to one port of each node.
struct InboundNatPool {
  std::string name;
  InboundEndpointProtocol protocol = InboundEndpointProtocol::tcp;
  int backend_port = 0;
  int frontend_port_range_start = 0;
  int frontend_port_range_end = 0;
  std::vector<NetworkSecurityGroupRule> network_security_group_rules;
  bool operator==(const InboundNatPool&) const = default;
  template <class S = InboundNatPool>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name),
                      required("protocol", &S::protocol),
                      required("backendPort", &S::backend_port),
                      required("frontendPortRangeStart", &S::frontend_port_range_start),
                      required("frontendPortRangeEnd", &S::frontend_port_range_end),
                      field("networkSecurityGroupRules", &S::network_security_group_rules)};
  }
};

struct PoolEndpointConfiguration {
  std::vector<InboundNatPool> inbound_nat_pools;
  bool operator==(const PoolEndpointConfiguration&) const = default;
  template <class S = PoolEndpointConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("inboundNATPools", &S::inbound_nat_pools)};
  }
};

struct IpTag {
  std::optional<std::string> ip_tag_type;
  std::optional<std::string> tag;
  bool operator==(const IpTag&) const = default;
  template <class S = IpTag>
  static constexpr auto fields() {
    return std::tuple{field("ipTagType", &S::ip_tag_type), field("tag", &S::tag)};
  }
};

struct PublicIpAddressConfiguration {
  std::optional<std::string> provision;
  std::vector<std::string> ip_address_ids;
  std::vector<std::string> ip_families;
  std::vector<IpTag> ip_tags;
  bool operator==(const PublicIpAddressConfiguration&) const = default;
  template <class S = PublicIpAddressConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("provision", &S::provision), field("ipAddressIds", &S::ip_address_ids),
                      field("ipFamilies", &S::ip_families), field("ipTags", &S::ip_tags)};
  }
};

struct NetworkConfiguration {
  std::optional<std::string> subnet_id;
  std::optional<std::string> dynamic_vnet_assignment_scope;
  std::optional<PoolEndpointConfiguration> endpoint_configuration;
  std::optional<PublicIpAddressConfiguration> public_ip_address_configuration;
  std::optional<bool> enable_accelerated_networking;
  bool operator==(const NetworkConfiguration&) const = default;
  template <class S = NetworkConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("subnetId", &S::subnet_id),
                      field("dynamicVNetAssignmentScope", &S::dynamic_vnet_assignment_scope),
                      field("endpointConfiguration", &S::endpoint_configuration),
                      field("publicIPAddressConfiguration", &S::public_ip_address_configuration),
                      field("enableAcceleratedNetworking", &S::enable_accelerated_networking)};
  }
};

struct JobNetworkConfiguration {
  std::string subnet_id;
  std::optional<bool> skip_withdraw_from_vnet;
  bool operator==(const JobNetworkConfiguration&) const = default;
  template <class S = JobNetworkConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("subnetId", &S::subnet_id),
                      field("skipWithdrawFromVNet", &S::skip_withdraw_from_vnet)};
  }
};

struct InboundEndpoint {
  std::string name;
  InboundEndpointProtocol protocol = InboundEndpointProtocol::tcp;
  std::optional<std::string> public_ip_address;
  std::optional<std::string> public_fqdn;
  int frontend_port = 0;
  int backend_port = 0;
  bool operator==(const InboundEndpoint&) const = default;
  template <class S = InboundEndpoint>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name),
                      required("protocol", &S::protocol),
                      field("publicIPAddress", &S::public_ip_address),
                      field("publicFQDN", &S::public_fqdn),
                      required("frontendPort", &S::frontend_port),
                      required("backendPort", &S::backend_port)};
  }
};

struct NodeEndpointConfiguration {
  std::vector<InboundEndpoint> inbound_endpoints;
  bool operator==(const NodeEndpointConfiguration&) const = default;
  template <class S = NodeEndpointConfiguration>
  static constexpr auto fields() {
    return std::tuple{required("inboundEndpoints", &S::inbound_endpoints)};
  }
};
}  // namespace dms::batch
