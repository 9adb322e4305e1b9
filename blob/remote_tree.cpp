#include "blob/remote_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <vector>

#include "blob/parallel.h"
#include "core/fields.h"

namespace dms::blob {
namespace {

constexpr const char* folder_mark = "hdi_isfolder";
constexpr const char* link_mark = "is_symlink";
constexpr std::size_t lists_at_once = 8;
constexpr const char* mode_name = "permissions";

std::string_view value_of(const Metadata& metadata, const char* name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? std::string_view() : found->second;
}

EntryKind kind_of(const BlobItem& item) {
  if (stands_for_folder(item)) return EntryKind::folder;
  if (equal_ignoring_case(value_of(item.metadata, link_mark), "true")) return EntryKind::link;
  return EntryKind::file;
}

std::optional<mode_t> mode_of(const Metadata& metadata) {
  const auto text = value_of(metadata, mode_name);
  mode_t mode = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), mode);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return mode;
}

class Listing {
 public:
  Listing(AzureBlob& blobs, const BlobPlace& place, const NameFilter& filter,
          const std::function<void(RemoteEntry&&)>& take)
      : blobs_(blobs),
        container_(place.container),
        prefix_(prefix_of(place)),
        filter_(filter),
        take_(take) {}

  Status run() {
    std::vector<std::string> prefixes;
    for (const std::string& root : filter_.roots()) prefixes.push_back(prefix_ + root);
    // Without a delimiter the first lists are all.
    while (!prefixes.empty()) {
      DMS_TRY(prefixes, list_all(prefixes));
    }
    return ok();
  }

 private:
  // Lists what begins with one of the prefixes, several at once. Gives the folders below in which
  // something can be taken.
  Result<std::vector<std::string>> list_all(const std::vector<std::string>& prefixes) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::string> below;
    const auto step = [&](const std::stop_token&) -> Result<Work> {
      const std::size_t index = next++;
      if (index >= prefixes.size()) return Work::nothing_left;
      DMS_CHECK(list(prefixes[index], below));
      return Work::more;
    };
    DMS_CHECK(in_parallel(static_cast<int>(std::min(prefixes.size(), lists_at_once)), {}, step));
    return below;
  }

  Status list(const std::string& prefix, std::vector<std::string>& below) {
    const char* delimiter = filter_.exclude.empty() ? "" : "/";
    return blobs_.list_blobs_from_container(container_, options(prefix, delimiter),
                                            [&](BlobList&& page) {
                                              const std::lock_guard lock(mutex_);
                                              for (auto& folder : page.prefixes)
                                                if (filter_.may_take_below(name_of(folder)))
                                                  below.push_back(std::move(folder));
                                              return add(page.blobs);
                                            });
  }

  static ListOptions options(const std::string& prefix, const char* delimiter) {
    return {.prefix = prefix, .delimiter = delimiter, .include = ListOptions::Include::metadata};
  }

  // Without the place's prefix, and without the slash of a folder.
  std::string name_of(std::string_view blob) const {
    blob.remove_prefix(std::min(prefix_.size(), blob.size()));
    if (blob.ends_with('/')) blob.remove_suffix(1);
    return std::string(blob);
  }

  Status add(std::vector<BlobItem>& items) {
    for (BlobItem& item : items) {
      std::string name = name_of(item.name);
      if (name.empty() ? filter_.takes_all() : filter_.takes(name))
        take_(entry_of(std::move(name), std::move(item)));
    }
    return ok();
  }

  AzureBlob& blobs_;
  const std::string& container_;
  const std::string prefix_;
  const NameFilter& filter_;
  const std::function<void(RemoteEntry&&)>& take_;
  std::mutex mutex_;  // for the calls of take_
};

}  // namespace

bool stands_for_folder(const BlobItem& item) {
  return item.name.ends_with('/') ||
         equal_ignoring_case(value_of(item.metadata, folder_mark), "true");
}

std::string prefix_of(const BlobPlace& place) {
  std::string prefix = place.prefix;
  while (prefix.ends_with('/')) prefix.pop_back();
  prefix.erase(0, std::min(prefix.find_first_not_of('/'), prefix.size()));
  return prefix.empty() ? prefix : prefix + "/";
}

std::pair<std::string, std::string> split_name(std::string_view blob) {
  const auto name = blob.rfind('/') + 1;  // npos + 1 is 0
  return {std::string(blob.substr(0, name)), std::string(blob.substr(name))};
}

RemoteEntry entry_of(std::string name, BlobItem&& item) {
  return {.name = std::move(name),
          .kind = kind_of(item),
          .size_bytes = item.properties.content_length,
          .md5 = std::move(item.properties.http.content_md5),
          .mode = mode_of(item.metadata),
          .blob = std::move(item.name)};
}

Status list_blobs(AzureBlob& blobs, const BlobPlace& place, const NameFilter& filter,
                  const std::function<void(RemoteEntry&&)>& take) {
  return Listing(blobs, place, filter, take).run();
}

Result<std::map<std::string, RemoteEntry>> list_place(AzureBlob& blobs, const BlobPlace& place,
                                                      const NameFilter& filter) {
  std::map<std::string, RemoteEntry> entries;
  DMS_CHECK(list_blobs(blobs, place, filter, [&](RemoteEntry&& entry) {
    if (entry.name.empty()) return;
    std::string name = entry.name;
    entries.insert_or_assign(std::move(name), std::move(entry));
  }));
  return entries;
}

Result<std::map<std::string, RemoteEntry>> list_source(AzureBlob& blobs, const BlobPlace& place,
                                                       const NameFilter& filter) {
  DMS_TRY(auto entries, list_place(blobs, place, filter));
  const std::string prefix = prefix_of(place);
  if (!entries.empty() || prefix.empty() || !filter.takes_all()) return entries;
  // An empty folder is a blob.
  DMS_TRY(const bool exists,
          blobs.exists_blob(place.container, prefix.substr(0, prefix.size() - 1)));
  if (exists) return entries;
  return fail(Code::not_found, fmt::format("there is nothing in '{}/{}'", place.container, prefix));
}

Metadata metadata_of(const LocalEntry& entry) {
  Metadata metadata{{mode_name, std::to_string(entry.mode)}};
  if (entry.kind == EntryKind::folder) metadata.emplace(folder_mark, "true");
  if (entry.kind == EntryKind::link) metadata.emplace(link_mark, "true");
  return metadata;
}

}  // namespace dms::blob
