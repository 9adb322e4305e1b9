// dmsbatch blob list.
#include <fmt/format.h>

#include "cli/blob_places.h"
#include "cli/blob_work.h"
#include "cli/listing.h"
#include "cli/terminal.h"
#include "core/codec.h"

namespace dms::cli {
namespace {

using blob::BlobPlace;

struct ListedBlob {
  std::string name;
  std::int64_t size = 0;
  Timestamp last_modified;
  std::string content_md5;
  template <class S = ListedBlob>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("size", &S::size),
                      required("lastModified", &S::last_modified),
                      field("contentMd5", &S::content_md5)};
  }
};
struct ListedName {
  std::string name;
  template <class S = ListedName>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name)};
  }
};

Status list_containers(const BlobJob& job) {
  Listing listing(job.invocation.output(), {{"CONTAINER", 40}, {"CHANGED", 0}});
  DMS_TRY(const auto containers, job.storage().list_containers());
  for (const auto& one : containers)
    listing.add(encode(ListedName{one.name}), {one.name, time_or_empty(one.last_modified)});
  listing.finish();
  return ok();
}

}  // namespace

Status list_blobs(const BlobJob& job) {
  if (job.arguments.from.empty()) return list_containers(job);
  DMS_TRY(const BlobPlace place, parse_blob_place(job.arguments.from));
  Listing listing(job.invocation.output(), {{"CHANGED", 19}, {"SIZE", 10}, {"NAME", 0}});
  DMS_CHECK(job.storage().list_blobs_from_container(
      place.container, {.prefix = place.prefix, .delimiter = job.arguments.flat ? "" : "/"},
      [&](blob::BlobList&& page) {
        for (const auto& folder : page.prefixes)
          listing.add(encode(ListedName{folder}), {"", "", printable_line(folder)});
        for (const auto& item : page.blobs) {
          const auto& properties = item.properties;
          listing.add(
              encode(ListedBlob{item.name, static_cast<std::int64_t>(properties.content_length),
                                properties.last_modified, properties.http.content_md5}),
              {time_or_empty(properties.last_modified), format_bytes(properties.content_length),
               printable_line(item.name)});
        }
        return ok();
      }));
  listing.finish();
  return ok();
}

}  // namespace dms::cli
