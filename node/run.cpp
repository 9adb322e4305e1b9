#include "node/run.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "core/plain_words.h"
#include "node/process.h"
#include "node/tree_copy.h"

namespace dms::node {
namespace {

// The inputs that the node does not have yet are kept for the runs that follow.
Status bring_inputs(const SharedStore& store, const std::vector<Brought>& inputs) {
  for (const auto& [sha256, archive] : inputs) {
    if (!archive.empty()) DMS_NODE_CHECK(store.keep_inputs(sha256, archive));
    if (access(store.inputs(sha256).c_str(), F_OK) != 0)
      return {Exit::bad_archive, "the inputs " + sha256 +
                                     " are not on this node: the job's preparation task did not "
                                     "bring them"};
    DMS_NODE_CHECK(copy_tree(store.inputs(sha256), "."));
  }
  return {};
}

// The command finds this program as $DMSBATCH_NODE_TOOL.
void name_this_program() {
  std::array<char, PATH_MAX> path = {};
  if (readlink("/proc/self/exe", path.data(), path.size() - 1) > 0)
    setenv("DMSBATCH_NODE_TOOL", path.data(), 1);
}

// Starts a command that needs no shell. False when it has to be given to one after all, which also
// knows what to say when there is no such program.
bool start_plainly(const std::string& command, pid_t& child) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  const std::vector<std::string> words = plain_words(command, environment);
  if (words.empty()) return false;
  const std::unique_ptr<char, decltype(&std::free)> here(getcwd(nullptr, 0), &std::free);
  if (here) setenv("PWD", here.get(), 1);  // as bash does
  return start_process(words, {}, child).ok();
}

// Runs the command to its end; the code as a shell gives it.
Status run_command(const std::string& command, int& exit_code) {
  pid_t child = 0;
  if (!start_plainly(command, child))
    DMS_NODE_CHECK(start_process({"/bin/bash", "-eo", "pipefail", "-c", command}, {}, child));
  exit_code = exit_code_of(wait_for_process(child));
  return {};
}

std::string record(int exit_code, std::chrono::steady_clock::duration took) {
  std::array<char, 96> text;
  const double seconds = std::chrono::duration<double>(took).count();
  std::snprintf(text.data(), text.size(), "dmsbatch-run exit=%d seconds=%.6f", exit_code, seconds);
  return text.data();
}

Status run_and_pack(const RunOptions& options, int& exit_code) {
  name_this_program();
  const auto start = std::chrono::steady_clock::now();
  DMS_NODE_CHECK(run_command(options.command, exit_code));
  ZipOptions outputs = options.outputs;
  outputs.comment = record(exit_code, std::chrono::steady_clock::now() - start);
  if (exit_code != 0) outputs.missing = Missing::is_accepted;
  if (outputs.patterns.empty() && outputs.also.empty()) return {};
  // Only now: the command's own time zone is none of ours.
  setenv("TZ", "UTC0", 1);
  tzset();
  const auto packed = zip(outputs);
  // What a command left is second to how it ended.
  if (exit_code == 0 || packed.ok()) return packed;
  std::fprintf(stderr, "dmsnode: %s\n", packed.message().c_str());
  return {};
}

}  // namespace

Status stage(const StageOptions& options) {
  SharedStore store;
  DMS_NODE_CHECK(SharedStore::open(store));
  for (const auto& [sha256, archive] : options.inputs)
    DMS_NODE_CHECK(store.keep_inputs(sha256, archive));
  for (const auto& [sha256, path] : options.files) DMS_NODE_CHECK(store.keep_file(sha256, path));
  if (options.tool_sha256.empty()) return {};
  return store.keep_tool(options.tool_sha256);
}

Status run(const RunOptions& options, int& exit_code) {
  const auto slash = options.outputs.archive.rfind('/');
  const auto folder = options.outputs.archive.substr(0, slash == std::string::npos ? 0 : slash);
  if (!folder.empty() && mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    return fail_errno("creating the directory " + folder, errno);
  // A retry on the same node must not send the archive of the try before.
  if (unlink(options.outputs.archive.c_str()) != 0 && errno != ENOENT)
    return fail_errno("removing " + options.outputs.archive, errno);
  File links;  // held until the command has ended
  if (!options.inputs.empty() || !options.shared.empty()) {
    SharedStore store;
    DMS_NODE_CHECK(SharedStore::open(store));
    DMS_NODE_CHECK(bring_inputs(store, options.inputs));
    DMS_NODE_CHECK(store.use_shared_files(options.shared, links));
  }
  return run_and_pack(options, exit_code);
}

}  // namespace dms::node
