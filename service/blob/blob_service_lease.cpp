// Lease Blob and Lease Container.
#include <charconv>

#include "blob/errors.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

// Seconds between the limits; nothing when the header is not there.
Result<std::optional<std::chrono::seconds>> seconds_in(const Request& request,
                                                       std::string_view header, int least,
                                                       int most) {
  const auto text = request.headers.find(header);
  if (!text) return std::optional<std::chrono::seconds>{};
  int value = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (problem != std::errc{} || end != text->data() + text->size() || value < least || value > most)
    return blob_error("InvalidHeaderValue", std::string(header) + " is '" + std::string(*text) +
                                                "' and not a number of seconds that is allowed");
  return std::optional(std::chrono::seconds(value));
}

Result<LeaseRequest> lease_request(const Request& request) {
  LeaseRequest lease{.action = std::string(request.headers.get("x-ms-lease-action")),
                     .id = std::string(request.headers.get("x-ms-lease-id")),
                     .proposed_id = std::string(request.headers.get("x-ms-proposed-lease-id"))};
  if (lease.action == "acquire") {
    // -1 is a lease without end.
    if (request.headers.get("x-ms-lease-duration") != "-1") {
      DMS_TRY(lease.duration, seconds_in(request, "x-ms-lease-duration", 15, 60));
      if (!lease.duration)
        return blob_error("MissingRequiredHeader", "x-ms-lease-duration is missing");
    }
  } else if (lease.action == "break") {
    DMS_TRY(lease.break_period, seconds_in(request, "x-ms-lease-break-period", 0, 60));
  }
  return lease;
}

int status_of(std::string_view action) {
  if (action == "acquire") return 201;
  return action == "break" ? 202 : 200;
}

std::chrono::seconds until(Timestamp moment, Timestamp now) {
  return std::max(std::chrono::seconds(0),
                  std::chrono::ceil<std::chrono::seconds>(moment.at - now.at));
}

// Changes the lease and tells of it.
Status act(Lease& lease, const LeaseRequest& request, Timestamp now, Headers& headers) {
  DMS_TRY(lease, change_lease(lease, request, now));
  if (request.action == "break")
    headers.set("x-ms-lease-time", std::to_string(until(*lease.broken_at, now).count()));
  else if (!lease.id.empty())
    headers.set("x-ms-lease-id", lease.id);
  return ok();
}

}  // namespace

Result<Answer> BlobService::lease_blob(const BlobCall& call) {
  DMS_TRY(const LeaseRequest request, lease_request(call.request));
  Answer answer{.status = status_of(request.action)};
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_access(call.access, request.action == "break" ? "wd" : "w"));
    DMS_TRY(BlobRecord * record, blob_of(call));
    DMS_CHECK(check_blob_conditions(call.request, &record->properties));
    DMS_CHECK(act(record->lease, request, clock_.now(), answer.headers));
    set_modified(answer.headers, record->properties.etag, record->properties.last_modified);
    ticket = store_.enqueue({blob_row(call.container, call.blob, *record)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Result<Answer> BlobService::lease_container(const BlobCall& call) {
  DMS_TRY(const LeaseRequest request, lease_request(call.request));
  Answer answer{.status = status_of(request.action)};
  Ticket ticket = 0;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_container_access(call.access, request.action == "break" ? "wd" : "w"));
    DMS_TRY(ContainerRecord * container, container_of(call));
    DMS_CHECK(check_container_conditions(call.request, container->item));
    DMS_CHECK(act(container->lease, request, clock_.now(), answer.headers));
    set_modified(answer.headers, container->item.etag, container->item.last_modified);
    ticket = store_.enqueue({container_row(*container)});
  }
  DMS_CHECK(commit(ticket, {}));
  return answer;
}

Status BlobService::check_read_lease(const BlobCall& call, const Lease& lease, Leased what) const {
  return check_lease_for_read(lease, call.request.headers.get("x-ms-lease-id"), clock_.now(), what);
}

Status BlobService::check_lease_of(const BlobCall& call, const BlobRecord* record) const {
  if (!record) return ok();
  return check_lease(record->lease, call.request.headers.get("x-ms-lease-id"), clock_.now());
}

}  // namespace dms::service
