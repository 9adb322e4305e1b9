#include "agent/peers.h"

#include <algorithm>

namespace dms::agent {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// "node-127-77-0-3": a name as short as hosts' names are.
std::string host_name_of(std::string address) {
  std::replace(address.begin(), address.end(), '.', '-');
  return "node-" + address;
}

}  // namespace

std::vector<Peer> take_peers(Environment& environment) {
  const auto hosts = find_variable(environment, "AZ_BATCH_HOST_LIST");
  const auto roots = find_variable(environment, peer_roots_variable);
  if (!hosts || !roots) return {};
  const std::vector<std::string> addresses = split(*hosts, ',');
  const std::vector<std::string> directories = split(*roots, '\n');
  std::vector<Peer> peers;
  for (std::size_t at = 0; at < std::min(addresses.size(), directories.size()); ++at)
    peers.push_back({addresses[at], host_name_of(addresses[at]), directories[at]});
  std::erase_if(environment, [](std::string_view setting) {
    return setting.substr(0, setting.find('=')) == peer_roots_variable;
  });
  return peers;
}

std::string peer_list(const std::string& run, const std::vector<Peer>& peers) {
  std::string list = run + "\n";
  for (const Peer& peer : peers)
    list += peer.address + "\t" + peer.host_name + "\t" + peer.socket_path() + "\n";
  return list;
}

std::optional<Target> find_host(std::string_view list, std::string_view host) {
  const std::vector<std::string> lines = split(list, '\n');
  for (std::size_t at = 1; at < lines.size(); ++at) {
    const std::vector<std::string> parts = split(lines[at], '\t');
    if (parts.size() == 3 && (parts[0] == host || parts[1] == host))
      return Target{lines.front(), parts[2]};
  }
  return std::nullopt;
}

}  // namespace dms::agent
