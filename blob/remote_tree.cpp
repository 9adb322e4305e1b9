#include "blob/remote_tree.h"

#include <fmt/format.h>

#include <charconv>

#include "core/fields.h"

namespace dms::blob {
namespace {

constexpr const char* folder_mark = "hdi_isfolder";
constexpr const char* link_mark = "is_symlink";
constexpr const char* mode_name = "permissions";

std::string_view value_of(const Metadata& metadata, const char* name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? std::string_view() : found->second;
}

EntryKind kind_of(const BlobItem& item) {
  if (item.name.ends_with('/')) return EntryKind::folder;
  if (equal_ignoring_case(value_of(item.metadata, folder_mark), "true")) return EntryKind::folder;
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
  Listing(AzureBlob& blobs, const BlobPlace& place, const NameFilter& filter)
      : blobs_(blobs), container_(place.container), prefix_(prefix_of(place)), filter_(filter) {}

  Result<std::map<std::string, RemoteEntry>> run() {
    for (const std::string& root : filter_.roots())
      DMS_CHECK(filter_.exclude.empty() ? flat(prefix_ + root) : level(prefix_ + root));
    return std::move(entries_);
  }

 private:
  Status flat(const std::string& prefix) {
    return blobs_.list_blobs_from_container(container_, options(prefix, ""),
                                            [this](BlobList&& page) { return add(page.blobs); });
  }

  Status level(const std::string& prefix) {
    std::vector<std::string> below;
    DMS_CHECK(
        blobs_.list_blobs_from_container(container_, options(prefix, "/"), [&](BlobList&& page) {
          for (auto& folder : page.prefixes)
            if (filter_.may_take_below(name_of(folder))) below.push_back(std::move(folder));
          return add(page.blobs);
        }));
    for (const auto& folder : below) DMS_CHECK(level(folder));
    return ok();
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
      RemoteEntry entry{.name = name_of(item.name), .kind = kind_of(item)};
      if (entry.name.empty() || !filter_.takes(entry.name)) continue;
      entry.size_bytes = item.properties.content_length;
      entry.md5 = std::move(item.properties.http.content_md5);
      entry.mode = mode_of(item.metadata);
      entry.blob = std::move(item.name);
      std::string name = entry.name;
      entries_.insert_or_assign(std::move(name), std::move(entry));
    }
    return ok();
  }

  AzureBlob& blobs_;
  const std::string& container_;
  const std::string prefix_;
  const NameFilter& filter_;
  std::map<std::string, RemoteEntry> entries_;
};

}  // namespace

std::string prefix_of(const BlobPlace& place) {
  std::string prefix = place.prefix;
  while (prefix.ends_with('/')) prefix.pop_back();
  prefix.erase(0, std::min(prefix.find_first_not_of('/'), prefix.size()));
  return prefix.empty() ? prefix : prefix + "/";
}

Result<std::map<std::string, RemoteEntry>> list_place(AzureBlob& blobs, const BlobPlace& place,
                                                      const NameFilter& filter) {
  return Listing(blobs, place, filter).run();
}

Result<std::map<std::string, RemoteEntry>> list_source(AzureBlob& blobs, const BlobPlace& place,
                                                       const NameFilter& filter) {
  DMS_TRY(auto entries, list_place(blobs, place, filter));
  const std::string prefix = prefix_of(place);
  if (!entries.empty() || prefix.empty() || !filter.include.empty() || !filter.exclude.empty())
    return entries;
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
