// download_directory and download_file.
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

class TreeDownload {
 public:
  // To what is below `target`, or to the file `target` itself.
  TreeDownload(AzureBlob& blobs, const BlobPlace& from, const fs::path& target,
               const TransferOptions& options, const std::stop_token& stop)
      : blobs_(blobs),
        from_(from),
        target_(target),
        options_(options),
        budget_(options.budget_bytes),
        run_(options, stop) {}

  Result<TransferSummary> directory() {
    DMS_TRY(there_, list_source(blobs_, from_, options_.names));
    const bool removes = options_.extra == TransferOptions::Extra::remove;
    if (removes && there_.empty())
      return nothing_to_mirror(fmt::format("'{}/{}'", from_.container, from_.prefix),
                               target_.string());
    if (options_.run == TransferOptions::Run::real) DMS_CHECK(make_folder(target_));
    std::vector<TransferJob> files, links;
    for (const auto& [name, entry] : there_)
      add(entry.kind == EntryKind::link ? links : files, entry);
    DMS_CHECK(run_.all(files));
    // Last, so that nothing is written through one.
    DMS_CHECK(run_.all(links));
    if (removes && !run_.has_failures()) DMS_CHECK(remove_extra());
    return run_.take();
  }

  Result<TransferSummary> file(BlobItem blob) {
    is_file_ = true;
    const RemoteEntry entry = entry_of(split_name(blob.name).second, std::move(blob));
    if (options_.names.takes(entry.name)) DMS_CHECK(run_.all({job_of(entry)}));
    return run_.take_single();
  }

 private:
  void add(std::vector<TransferJob>& jobs, const RemoteEntry& entry) {
    if (auto good = check_place(entry); !good)
      return run_.fail_with(entry.name, std::move(good).error());
    jobs.push_back(job_of(entry));
  }

  TransferJob job_of(const RemoteEntry& entry) {
    return {.step = {What::download, entry.name, entry.size_bytes},
            .needed = [this, &entry] { return needed(entry); },
            .carry_out = [this, &entry] { return carry_out(entry); }};
  }

  Status check_place(const RemoteEntry& entry) {
    DMS_CHECK(check_local_name(entry.name));
    if (const auto link = link_on_the_way_to(entry); !link.empty())
      return fail(Code::conflict,
                  fmt::format("{} is a link, through which nothing is written; remove it first",
                              (target_ / link).string()));
    if (entry.kind == EntryKind::folder) return ok();
    const auto below = there_.lower_bound(entry.name + "/");
    if (below != there_.end() && below->first.starts_with(entry.name + "/"))
      return fail(Code::conflict,
                  fmt::format("it cannot be a file here and the folder of '{}'", below->first));
    return ok();
  }

  // The first folder above the entry, or the folder that it is, that is a link here; else "".
  std::string_view link_on_the_way_to(const RemoteEntry& entry) {
    for (std::size_t slash = entry.name.find('/'); true; slash = entry.name.find('/', slash + 1)) {
      if (slash == entry.name.npos && entry.kind != EntryKind::folder) return {};
      const auto folder = std::string_view(entry.name).substr(0, slash);
      if (is_link(folder)) return folder;
      if (slash == entry.name.npos) return {};
    }
  }

  bool is_link(std::string_view folder) {
    const auto [known, is_new] = links_here_.emplace(folder, false);
    std::error_code none;
    if (is_new) known->second = fs::is_symlink(fs::symlink_status(target_ / folder, none));
    return known->second;
  }

  fs::path path_of(const RemoteEntry& entry) const {
    return is_file_ ? target_ : target_ / entry.name;
  }

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

  // Whether all that the file here lacks is its mode.
  Result<bool> has_content(const RemoteEntry& entry) const {
    if (!entry.mode || entry.md5.empty() || options_.existing != Existing::skip_unchanged)
      return false;
    const auto here = look_at(path_of(entry), entry.name);
    // With the same mode it was compared before.
    if (!here || here->kind != EntryKind::file || here->size_bytes != entry.size_bytes ||
        (*entry.mode & mode_bits) == (here->mode & mode_bits))
      return false;
    DMS_TRY(const auto md5, file_md5(path_of(entry).string()));
    return md5 == entry.md5;
  }

  Status bring_file(const RemoteEntry& entry) {
    const fs::path path = path_of(entry);
    DMS_TRY(const bool has_it, has_content(entry));
    if (!has_it)
      DMS_CHECK(blobs_.download_blob(
          from_.container, entry.blob, path,
          {.content_md5 = options_.content_md5, .budget = &budget_, .meter = options_.meter}));
    else if (options_.meter)
      options_.meter->reused_bytes += entry.size_bytes;
    if (!entry.mode) return ok();
    if (::chmod(path.c_str(), *entry.mode & mode_bits) != 0)
      return fail_errno("setting the mode of " + path.string(), errno);
    return ok();
  }

  Status make_link(const RemoteEntry& entry) {
    const fs::path path = path_of(entry);
    if (entry.size_bytes > longest_link)
      return fail(Code::invalid_argument,
                  fmt::format("it is a link with a target of {} bytes", entry.size_bytes));
    DMS_TRY(const auto target,
            blobs_.read_blob(from_.container, entry.blob, {.limit_bytes = longest_link}));
    if (target.find('\0') != target.npos || !stays_inside(entry.name, target))
      return fail(Code::invalid_argument,
                  fmt::format("it is a link to '{}', which may lead out of the directory", target));
    if (path.has_parent_path()) DMS_CHECK(make_folder(path.parent_path()));
    const auto old = look_at(path, entry.name);
    if (old && old->kind != EntryKind::folder) ::unlink(path.c_str());
    if (::symlink(target.c_str(), path.c_str()) != 0)
      return fail_errno("linking " + path.string(), errno);
    return ok();
  }

  Status remove_extra() {
    std::vector<TransferJob> jobs;
    std::set<std::string, std::greater<>> folders;
    const auto take = [&](LocalEntry&& entry) {
      if (there_.contains(entry.name)) return;
      for (auto folder = split_name(entry.name).first; !folder.empty();
           folder = split_name(folder).first) {
        folder.pop_back();
        folders.insert(folder);
      }
      const fs::path path = target_ / entry.name;
      jobs.push_back({.step = {What::remove, std::move(entry.name), entry.size_bytes},
                      .carry_out = [path] { return remove(path); }});
    };
    auto walked =
        walk(target_, options_.names, {.take = take, .fail = [&](std::string name, Error error) {
                                         run_.fail_with(std::move(name), std::move(error));
                                       }});
    const bool dry = options_.run == TransferOptions::Run::dry;
    if (dry && !walked && walked.error().code == Code::not_found) return ok();
    DMS_CHECK(walked);
    DMS_CHECK(run_.all(jobs));
    // From below upwards. What is not empty stays, and what the source has as an empty folder.
    if (!dry)
      for (const auto& folder : folders)
        if (!there_.contains(folder)) ::rmdir((target_ / folder).c_str());
    return ok();
  }

  static Status remove(const fs::path& path) {
    std::error_code problem;
    fs::remove(path, problem);
    if (problem) return fail_errno("removing " + path.string(), problem.value());
    return ok();
  }

  AzureBlob& blobs_;
  const BlobPlace& from_;
  const fs::path& target_;
  const TransferOptions& options_;
  ByteBudget budget_;
  TransferRun run_;
  bool is_file_ = false;
  std::map<std::string, RemoteEntry> there_;
  std::map<std::string, bool, std::less<>> links_here_;  // of folders that were looked at
};

}  // namespace

Result<TransferSummary> download_directory(AzureBlob& blobs, const BlobPlace& from,
                                           const fs::path& directory,
                                           const TransferOptions& options,
                                           const std::stop_token& stop) {
  return TreeDownload(blobs, from, directory, options, stop).directory();
}

Result<TransferSummary> download_file(AzureBlob& blobs, const std::string& container, BlobItem blob,
                                      const fs::path& file, const TransferOptions& options,
                                      const std::stop_token& stop) {
  const BlobPlace from{.container = container, .prefix = blob.name};
  return TreeDownload(blobs, from, file, options, stop).file(std::move(blob));
}

}  // namespace dms::blob
