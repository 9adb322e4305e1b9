#include "models/place/payload.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "blob/zip.h"
#include "core/crypto.h"
#include "core/file.h"
#include "models/place/file_hash.h"
#include "models/place/shared_files.h"
#include "models/runs/out_folder.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

// A path below the inputs as a pattern that matches it alone.
std::string exactly(const std::string& relative) {
  std::string pattern = "/";
  for (const char c : relative) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// The path relative to `folder`, with links resolved: "." for the folder itself, "" when the path
// is not below it.
std::string path_below(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path relative =
      fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(folder, error));
  if (error || relative.empty() || *relative.begin() == "..") return "";
  return relative.string();
}

// What of the inputs this program wrote itself, as patterns: all of a folder of results, else the
// files in it that are ours.
std::vector<std::string> results_below(const fs::path& inputs, const fs::path& out) {
  const std::string below = path_below(out, inputs);
  if (below.empty()) return {};
  if (below != "." && is_results_folder(out)) return {exactly(below)};
  const std::string folder = below == "." ? "/" : exactly(below) + "/";
  std::vector<std::string> patterns;
  for (const std::string_view name : results_names) patterns.push_back(folder + std::string(name));
  return patterns;
}

std::vector<std::string> folders_of_results(const fs::path& inputs) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator entries(inputs, error);
  // What cannot be read is told when it is zipped.
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (entries->path().filename() != results_marker || entries.depth() == 0) continue;
    found.push_back(entries->path().parent_path().lexically_relative(inputs).string());
  }
  return found;
}

fs::path beside_this_program(std::string_view name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path() / name;
}

}  // namespace

std::string PackedInputs::identity() const {
  if (shared.empty()) return sha256;
  Sha256 all;
  all.update(std::string_view(sha256));
  for (const SharedInput& file : shared) all.update(fmt::format("\n{} {}", file.sha256, file.name));
  return hex(all.finish());
}

Result<PackedInputs> pack_inputs(const Study& study, const fs::path& archive, const fs::path& out,
                                 std::stop_token stop) {
  DMS_TRY(auto shared, hash_shared_files(study));
  if (!study.inputs) return PackedInputs{.shared = std::move(shared)};
  PackedInputs packed{.archive = archive,
                      .left_out = folders_of_results(*study.inputs),
                      .shared = std::move(shared)};
  blob::ZipOptions options{.exclude = study.exclude, .stop = stop};
  // A shared file below the inputs is brought once, not in every run's folder too.
  for (const fs::path& file : study.shared_files)
    if (const std::string below = path_below(file, *study.inputs); !below.empty())
      options.exclude.push_back(exactly(below));
  if (const std::string below = path_below(study.file, *study.inputs); !below.empty())
    options.exclude.push_back(exactly(below));
  for (std::string& pattern : results_below(*study.inputs, out))
    options.exclude.push_back(std::move(pattern));
  for (const std::string& folder : packed.left_out) options.exclude.push_back(exactly(folder));
  DMS_TRY(const auto summary,
          blob::zip_directory(*study.inputs, archive, options).context("zipping the inputs"));
  packed.sha256 = summary.sha256;
  packed.files = summary.files;
  packed.content_bytes = summary.bytes;
  std::error_code error;
  packed.zip_bytes = fs::file_size(archive, error);
  // An empty folder makes no archive file at all.
  if (error) packed.archive.clear();
  return packed;
}

Result<NodeTool> find_node_tool() {
  const char* named = std::getenv("DMSBATCH_NODE_TOOL");
  const fs::path path = named && *named ? fs::path(named) : beside_this_program("dmsnode");
  if (::access(path.c_str(), R_OK) != 0)
    return fail(Code::not_found,
                fmt::format("the program dmsnode, which unpacks inputs on the nodes, is not there: "
                            "looked for {}{}",
                            path.string(),
                            named && *named ? " (DMSBATCH_NODE_TOOL)"
                                            : "; set DMSBATCH_NODE_TOOL to where it is"));
  DMS_TRY(std::string sha256, sha256_of_file(path));
  return NodeTool{.path = path, .sha256 = std::move(sha256)};
}

}  // namespace dms::models
