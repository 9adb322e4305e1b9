// Operations on containers, and the two lists.
#include <algorithm>
#include <charconv>

#include "blob/errors.h"
#include "blob/xml.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

// 3 to 63 of lower-case letters, digits and single hyphens, letters or digits at both ends; or one
// of the service's own names.
bool valid_container_name(std::string_view name) {
  if (name == "$root" || name == "$web" || name == "$logs") return true;
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (!alphanumeric(name.front()) || !alphanumeric(name.back())) return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return c == '-' || alphanumeric(c); });
}

Status check_container_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return blob_error("OutOfRangeInput");
  if (!valid_container_name(name)) return blob_error("InvalidResourceName");
  return ok();
}

Result<int> page_size(const BlobCall& call) {
  const auto text = call.query_value("maxresults");
  if (text.empty()) return blob::max_list_results;
  int size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size())
    return blob_error("InvalidQueryParameterValue", "maxresults is not a number");
  if (size < 1) return blob_error("OutOfRangeQueryParameterValue", "maxresults must be at least 1");
  return std::min(size, blob::max_list_results);
}

// A marker is the Base64 of the name that the page begins with.
Result<std::string> start_of(const BlobCall& call) {
  auto start = base64_decode(call.query_value("marker"));
  if (!start) return blob_error("InvalidQueryParameterValue", "the marker is not one of ours");
  return start;
}

bool wants_metadata(const BlobCall& call) {
  return call.query_value("include").find("metadata") != std::string_view::npos;
}

Answer xml_answer(std::string body) {
  Answer answer;
  answer.headers.set("Content-Type", "application/xml");
  answer.body = std::move(body);
  return answer;
}

// Fills the page from `it` on; what does not fit any more becomes the next marker.
void fill_page(const std::map<std::string, BlobRecord>& blobs, const std::string& start,
               bool with_metadata, blob::BlobList& page) {
  auto it = blobs.lower_bound(std::max(start, page.prefix));
  int count = 0;
  while (it != blobs.end() && it->first.starts_with(page.prefix)) {
    if (count++ == page.max_results) {
      page.next_marker = base64_encode(it->first);
      return;
    }
    const auto end = page.delimiter.empty() ? std::string::npos
                                            : it->first.find(page.delimiter, page.prefix.size());
    if (end == std::string::npos) {
      page.blobs.push_back({it->first, it->second.properties,
                            with_metadata ? it->second.metadata : blob::Metadata{}});
      ++it;
      continue;
    }
    const std::string group = it->first.substr(0, end + page.delimiter.size());
    page.prefixes.push_back(group);
    while (it != blobs.end() && it->first.starts_with(group)) ++it;
  }
}

std::vector<std::string> content_of(const ContainerRecord& container) {
  BlobIndex alone;
  alone.containers[container.item.name] = container;
  const auto files = alone.content_files();
  return {files.begin(), files.end()};
}

}  // namespace

Result<Answer> BlobService::list_containers(const BlobCall& call) {
  DMS_CHECK(check_access(call.access, ""));
  DMS_TRY(const int size, page_size(call));
  DMS_TRY(const std::string start, start_of(call));
  blob::ContainerList page;
  page.service_endpoint = endpoint_;
  page.prefix = call.query_value("prefix");
  page.marker = call.query_value("marker");
  page.max_results = size;
  std::lock_guard lock(mutex_);
  for (auto it = index_.containers.lower_bound(std::max(start, page.prefix));
       it != index_.containers.end() && it->first.starts_with(page.prefix); ++it) {
    if (static_cast<int>(page.containers.size()) == size) {
      page.next_marker = base64_encode(it->first);
      break;
    }
    page.containers.push_back(it->second.item);
    if (!wants_metadata(call)) page.containers.back().metadata.clear();
  }
  return xml_answer(blob::write_container_list(page));
}

Result<Answer> BlobService::create_container(const BlobCall& call) {
  DMS_CHECK(check_access(call.access, ""));
  DMS_CHECK(check_container_name(call.container));
  Answer answer{.status = 201};
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    if (index_.find_container(call.container)) return blob_error("ContainerAlreadyExists");
    ContainerRecord& container = index_.containers[call.container];
    auto& item = container.item;
    item.name = call.container;
    item.last_modified = next_moment();
    item.etag = item.last_modified.etag();
    item.metadata = metadata_of(call.request);
    const auto access = call.request.headers.get("x-ms-blob-public-access");
    if (access == "blob") item.public_access = blob::PublicAccess::blob;
    if (access == "container") item.public_access = blob::PublicAccess::container;
    set_modified(answer.headers, item.etag, item.last_modified);
    ticket = store_.enqueue({container_row(container)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Result<Answer> BlobService::get_container(const BlobCall& call) {
  std::lock_guard lock(mutex_);
  DMS_CHECK(check_access(call.access, ""));
  DMS_TRY(const ContainerRecord* container, container_of(call));
  Answer answer;
  set_modified(answer.headers, container->item.etag, container->item.last_modified);
  answer.headers.set("x-ms-lease-state", "available");
  answer.headers.set("x-ms-lease-status", "unlocked");
  const auto open_to_all = container->item.public_access;
  if (open_to_all != blob::PublicAccess::none)
    answer.headers.set("x-ms-blob-public-access",
                       open_to_all == blob::PublicAccess::blob ? "blob" : "container");
  for (const auto& [name, value] : container->item.metadata)
    answer.headers.set("x-ms-meta-" + name, value);
  return answer;
}

Result<Answer> BlobService::delete_container(const BlobCall& call) {
  DMS_CHECK(check_access(call.access, ""));
  Ticket ticket = 0;
  std::vector<std::string> content;
  {
    std::lock_guard lock(mutex_);
    DMS_TRY(const ContainerRecord* container, container_of(call));
    content = content_of(*container);
    index_.containers.erase(call.container);
    ticket = store_.enqueue(erase_container_rows(call.container));
  }
  DMS_CHECK(commit(ticket, content));
  return Answer{.status = 202};
}

Result<Answer> BlobService::list_blobs(const BlobCall& call) {
  DMS_TRY(const int size, page_size(call));
  DMS_TRY(const std::string start, start_of(call));
  blob::BlobList page;
  page.service_endpoint = endpoint_;
  page.container = call.container;
  page.prefix = call.query_value("prefix");
  page.marker = call.query_value("marker");
  page.delimiter = call.query_value("delimiter");
  page.max_results = size;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_read(call, "l"));
    DMS_TRY(const ContainerRecord* container, container_of(call));
    fill_page(container->blobs, start, wants_metadata(call), page);
  }
  return xml_answer(blob::write_blob_list(page));
}

}  // namespace dms::service
