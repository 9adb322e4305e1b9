#include "agent/instance_node.h"

#include <unistd.h>

#include <array>
#include <filesystem>

#include "agent/paths.h"
#include "core/file.h"
#include "core/log.h"
#include "mpi/local_environment.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;

// What of a node's root a task sees; the rest is the agent's.
constexpr std::array seen_directories{"applications", "fsmounts", "shared", "startup", "workitems"};

std::string name_of(const RunRef& run) {
  return run.job_id + "." + run.task_id + "." + std::to_string(run.incarnation) + "." +
         std::to_string(run.attempt);
}

std::string hosts_text(const std::vector<Peer>& peers) {
  std::string text = read_file("/etc/hosts").value_or("127.0.0.1 localhost\n");
  if (!text.ends_with('\n')) text += '\n';
  for (const Peer& peer : peers) text += peer.address + " " + peer.host_name + "\n";
  return text;
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// This program, also when its file was replaced meanwhile.
std::string this_program() {
  std::error_code error;
  std::string path = fs::read_symlink("/proc/self/exe", error).string();
  constexpr std::string_view deleted = " (deleted)";
  if (path.ends_with(deleted)) path.resize(path.size() - deleted.size());
  return path;
}

}  // namespace

Result<std::unique_ptr<InstanceNode>> InstanceNode::set_up(const RunRef& run,
                                                           const std::string& root,
                                                           Environment& task,
                                                           const Environment& user) {
  std::unique_ptr<InstanceNode> node(new InstanceNode(root, name_of(run), take_peers(task)));
  DMS_CHECK(node->write_files());
  if (static_cast<std::size_t>(run.instance) < node->peers_.size()) {
    node->view_ = NodeView(node->view_of(run.instance));
    if (!node->view_.is_own())
      log_info("this system lets no node have a name and directories of its own");
  }
  DMS_CHECK(node->open_shell(user));
  node->complete(task);
  return node;
}

Status InstanceNode::write_files() const {
  std::error_code error;
  fs::remove_all(directory(), error);
  DMS_CHECK(make_directories(directory() + "/bin", 0700));
  DMS_CHECK(write_file_atomic(directory() + "/peers", peer_list(run_, peers_), 0600));
  DMS_CHECK(write_file_atomic(directory() + "/hosts", hosts_text(peers_)));
  return write_file_atomic(
      directory() + "/bin/ssh",
      "#!/bin/sh\nexec " + single_quoted(this_program()) + " node-shell \"$@\"\n", 0700);
}

// The primary's directories have their names already.
NodeViewSpec InstanceNode::view_of(int instance) const {
  NodeViewSpec view{.host_name = peers_.at(static_cast<std::size_t>(instance)).host_name,
                    .hosts_file = directory() + "/hosts",
                    .directories = {}};
  if (instance == 0) return view;
  for (const char* name : seen_directories)
    view.directories.emplace_back(root_ + "/" + name, peers_.front().root + "/" + name);
  return view;
}

Status InstanceNode::open_shell(const Environment& user) {
  const auto home = find_variable(user, "HOME");
  std::error_code error;
  ShellServer::Place place{
      .run = run_,
      .directory = home && fs::is_directory(*home, error) ? std::string(*home) : "/",
      .environment = user,
      .view = view_};
  complete(place.environment);
  DMS_TRY(auto shell, ShellServer::listen(directory() + "/shell.sock", std::move(place)));
  shell_.emplace(std::move(shell));
  return ok();
}

void InstanceNode::complete(Environment& environment) const {
  const std::string bin = directory() + "/bin";
  set_variable(
      environment, "PATH",
      bin + ":" + std::string(find_variable(environment, "PATH").value_or("/usr/bin:/bin")));
  set_variable(environment, peers_variable, directory() + "/peers");
  const mpi::LocalNodes nodes{
      .remote_shell = bin + "/ssh",
      .host_names = view_.is_own() ? mpi::HostNames::own : mpi::HostNames::shared};
  for (const auto& [name, value] : mpi::local_environment(nodes))
    if (!find_variable(environment, name)) set_variable(environment, name, value);
}

}  // namespace dms::agent
