// download_directory.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "blob/content_md5.h"
#include "blob/local_tree.h"
#include "blob/remote_tree.h"
#include "blob/transfer_run.h"
#include "core/crypto.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

using What = TransferStep::What;
using Existing = TransferOptions::Existing;

constexpr mode_t mode_bits = 0777;
constexpr std::uint64_t longest_link = 4096;

Status make_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) return fail_errno("creating " + path.string(), problem.value());
  return ok();
}

class DirectoryDownload {
 public:
  DirectoryDownload(AzureBlob& blobs, const BlobPlace& from, const fs::path& directory,
                    const TransferOptions& options, const std::stop_token& stop)
      : blobs_(blobs),
        from_(from),
        directory_(directory),
        options_(options),
        budget_(options.budget_bytes),
        run_(options, stop) {}

  Result<TransferSummary> run() {
    DMS_TRY(there_, list_source(blobs_, from_, options_.names));
    const bool removes = options_.extra == TransferOptions::Extra::remove;
    if (removes && there_.empty())
      return fail(Code::not_found,
                  fmt::format("there is nothing in '{}/{}'; all of {} would be removed",
                              from_.container, from_.prefix, directory_.string()));
    if (options_.run == TransferOptions::Run::real) DMS_CHECK(make_folder(directory_));
    std::vector<TransferJob> files, links;
    for (const auto& [name, entry] : there_)
      add(entry.kind == EntryKind::link ? links : files, entry);
    DMS_CHECK(run_.all(files));
    // Last, so that nothing is written through one.
    DMS_CHECK(run_.all(links));
    if (removes && !run_.has_failures()) DMS_CHECK(remove_extra());
    return run_.take();
  }

 private:
  void add(std::vector<TransferJob>& jobs, const RemoteEntry& entry) {
    if (auto good = check_local_name(entry.name); !good)
      return run_.fail_with(entry.name, std::move(good).error());
    jobs.push_back({.step = {What::download, entry.name, entry.size_bytes},
                    .needed = [this, &entry] { return needed(entry); },
                    .carry_out = [this, &entry] { return carry_out(entry); }});
  }

  fs::path path_of(const RemoteEntry& entry) const { return directory_ / entry.name; }

  Result<bool> needed(const RemoteEntry& entry) const {
    const auto here = look_at(path_of(entry), entry.name);
    if (!here && here.error().code == Code::not_found) return true;
    if (!here) return here.error();
    if (options_.existing == Existing::replace) return true;
    if (options_.existing == Existing::keep) return false;
    if (here->kind != entry.kind) return true;
    if (entry.kind == EntryKind::folder) return false;
    if (entry.kind == EntryKind::link) {
      return base64_encode(md5_raw(here->target)) != entry.md5;
    }
    if (here->size_bytes != entry.size_bytes || entry.md5.empty()) return true;
    if (entry.mode && (*entry.mode & mode_bits) != (here->mode & mode_bits)) return true;
    DMS_TRY(const auto md5, file_md5(path_of(entry).string()));
    return md5 != entry.md5;
  }

  Status carry_out(const RemoteEntry& entry) {
    switch (entry.kind) {
      case EntryKind::folder: return make_folder(path_of(entry));
      case EntryKind::link: return make_link(entry);
      default: return bring_file(entry);
    }
  }

  Status bring_file(const RemoteEntry& entry) {
    const fs::path path = path_of(entry);
    DMS_CHECK(blobs_.download_blob(
        from_.container, entry.blob, path,
        {.content_md5 = options_.content_md5, .budget = &budget_, .meter = options_.meter}));
    if (!entry.mode) return ok();
    if (::chmod(path.c_str(), *entry.mode & mode_bits) != 0)
      return fail_errno("setting the mode of " + path.string(), errno);
    return ok();
  }

  Status make_link(const RemoteEntry& entry) {
    const fs::path path = path_of(entry);
    DMS_TRY(const auto target,
            blobs_.read_blob(from_.container, entry.blob, {.limit_bytes = longest_link}));
    if (target.find('\0') != target.npos || !stays_inside(entry.name, target))
      return fail(Code::invalid_argument,
                  fmt::format("it is a link to '{}', which may lead out of the directory", target));
    DMS_CHECK(make_folder(path.parent_path()));
    const auto old = look_at(path, entry.name);
    if (old && old->kind != EntryKind::folder) ::unlink(path.c_str());
    if (::symlink(target.c_str(), path.c_str()) != 0)
      return fail_errno("linking " + path.string(), errno);
    return ok();
  }

  Status remove_extra() {
    std::vector<TransferJob> jobs;
    DMS_CHECK(walk(directory_, options_.names, [&](LocalEntry&& entry) {
      if (there_.contains(entry.name)) return ok();
      const fs::path path = directory_ / entry.name;
      jobs.push_back({.step = {What::remove, std::move(entry.name), entry.size_bytes},
                      .carry_out = [path] { return remove(path); }});
      return ok();
    }));
    return run_.all(jobs);
  }

  static Status remove(const fs::path& path) {
    std::error_code problem;
    fs::remove(path, problem);
    if (problem) return fail_errno("removing " + path.string(), problem.value());
    return ok();
  }

  AzureBlob& blobs_;
  const BlobPlace& from_;
  const fs::path& directory_;
  const TransferOptions& options_;
  ByteBudget budget_;
  TransferRun run_;
  std::map<std::string, RemoteEntry> there_;
};

}  // namespace

Result<TransferSummary> download_directory(AzureBlob& blobs, const BlobPlace& from,
                                           const fs::path& directory,
                                           const TransferOptions& options,
                                           const std::stop_token& stop) {
  return DirectoryDownload(blobs, from, directory, options, stop).run();
}

}  // namespace dms::blob
