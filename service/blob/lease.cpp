#include "service/blob/lease.h"

#include <algorithm>
#include <array>

#include "blob/errors.h"
#include "core/crypto.h"

namespace dms::service {

using blob::blob_error;

namespace {

using State = LeaseState;

Lease begin(std::string id, std::optional<std::chrono::seconds> duration, Timestamp now) {
  Lease lease{.id = std::move(id), .duration = duration};
  if (duration) lease.until = Timestamp{now.at + *duration};
  return lease;
}

Result<Lease> acquire(const Lease& lease, const LeaseRequest& request, Timestamp now) {
  const State state = lease.state(now);
  const bool own = !request.proposed_id.empty() && request.proposed_id == lease.id;
  if (state == State::breaking && own) return blob_error("LeaseIsBreakingAndCannotBeAcquired");
  if (lease.is_active(now) && !own) return blob_error("LeaseAlreadyPresent");
  return begin(request.proposed_id.empty() ? new_guid() : request.proposed_id, request.duration,
               now);
}

Status check_holder(const Lease& lease, const LeaseRequest& request) {
  if (lease.id.empty()) return blob_error("LeaseNotPresentWithLeaseOperation");
  if (lease.id != request.id) return blob_error("LeaseIdMismatchWithLeaseOperation");
  return ok();
}

Result<Lease> renew(const Lease& lease, const LeaseRequest& request, Timestamp now) {
  DMS_CHECK(check_holder(lease, request));
  if (lease.broken_at) return blob_error("LeaseIsBrokenAndCannotBeRenewed");
  return begin(lease.id, lease.duration, now);
}

Result<Lease> change(const Lease& lease, const LeaseRequest& request, Timestamp now) {
  if (request.proposed_id.empty())
    return blob_error("MissingRequiredHeader", "x-ms-proposed-lease-id is missing");
  // A change that is repeated has the new id already.
  if (lease.id != request.proposed_id) DMS_CHECK(check_holder(lease, request));
  if (lease.state(now) == State::breaking) return blob_error("LeaseIsBreakingAndCannotBeChanged");
  if (lease.state(now) != State::leased) return blob_error("LeaseNotPresentWithLeaseOperation");
  Lease changed = lease;
  changed.id = request.proposed_id;
  return changed;
}

Result<Lease> give_up(const Lease& lease, const LeaseRequest& request, Timestamp) {
  DMS_CHECK(check_holder(lease, request));
  return Lease{};
}

// The period shortens what is left and never makes it longer.
Result<Lease> break_off(const Lease& lease, const LeaseRequest& request, Timestamp now) {
  if (lease.id.empty()) return blob_error("LeaseNotPresentWithLeaseOperation");
  Lease broken = lease;
  const auto ends = lease.broken_at ? lease.broken_at : lease.until;
  Timestamp at = ends.value_or(now);
  if (request.break_period) {
    const Timestamp asked{now.at + *request.break_period};
    at = ends ? std::min(at, asked) : asked;
  }
  broken.broken_at = std::max(at, now);
  if (lease.broken_at && *lease.broken_at <= now) broken.broken_at = lease.broken_at;
  return broken;
}

using Action = Result<Lease> (*)(const Lease&, const LeaseRequest&, Timestamp);
constexpr std::array<std::pair<std::string_view, Action>, 5> actions{{{"acquire", acquire},
                                                                      {"renew", renew},
                                                                      {"change", change},
                                                                      {"release", give_up},
                                                                      {"break", break_off}}};

}  // namespace

std::string_view word_of(LeaseState state) {
  constexpr std::array words{"available", "leased", "expired", "breaking", "broken"};
  return words[static_cast<std::size_t>(state)];
}

LeaseState Lease::state(Timestamp now) const {
  if (id.empty()) return State::available;
  if (broken_at) return now < *broken_at ? State::breaking : State::broken;
  if (until && *until <= now) return State::expired;
  return State::leased;
}

bool Lease::is_active(Timestamp now) const {
  const State current = state(now);
  return current == State::leased || current == State::breaking;
}

Result<Lease> change_lease(const Lease& lease, const LeaseRequest& request, Timestamp now) {
  for (const auto& [name, act] : actions)
    if (name == request.action) return act(lease, request, now);
  return blob_error("InvalidHeaderValue", "x-ms-lease-action is '" + request.action +
                                              "' and not acquire, renew, change, release or break");
}

namespace {

Error mismatch(Leased what) {
  return blob_error(what == Leased::blob ? "LeaseIdMismatchWithBlobOperation"
                                         : "LeaseIdMismatchWithContainerOperation");
}

Error not_present(Leased what) {
  return blob_error(what == Leased::blob ? "LeaseNotPresentWithBlobOperation"
                                         : "LeaseNotPresentWithContainerOperation");
}

}  // namespace

Status check_lease(const Lease& lease, std::string_view id, Timestamp now, Leased what) {
  if (lease.is_active(now) && id.empty()) return blob_error("LeaseIdMissing");
  return check_lease_for_read(lease, id, now, what);
}

Status check_lease_for_read(const Lease& lease, std::string_view id, Timestamp now, Leased what) {
  if (id.empty()) return ok();
  if (lease.is_active(now)) {
    if (id != lease.id) return mismatch(what);
    return ok();
  }
  if (lease.id == id) return blob_error("LeaseLost");
  return not_present(what);
}

}  // namespace dms::service
