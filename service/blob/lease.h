// A lease on a blob: while it is held, only who names its id may write or delete the blob. One on a
// container guards the container's deletion, not its blobs.
//
//               acquire                 break                    time
//   available ───────────► leased ──────────────► breaking ──────────────► broken
//       ▲                   │  ▲  │ time             │ renew fails           │
//       │ release           │  └──┴───► expired      │                       │
//       └───────────────────┴──────────────┴─────────┴───────────────────────┘
//
// Pure. Sources: Lease Blob and Lease Container, Blob Storage REST reference.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace dms::service {

enum class LeaseState { available, leased, expired, breaking, broken };
// "available", as the headers say it.
std::string_view word_of(LeaseState state);

struct Lease {
  std::string id;                                // empty: there is none
  std::optional<std::chrono::seconds> duration;  // nothing: without end
  std::optional<Timestamp> until;                // of a lease with a duration
  std::optional<Timestamp> broken_at;            // once it was broken: when it ends
  bool operator==(const Lease&) const = default;

  LeaseState state(Timestamp now) const;
  // Whether it protects the blob: leased or breaking.
  bool is_active(Timestamp now) const;
};

// What a request wants of a lease, from its headers.
struct LeaseRequest {
  std::string action;                            // x-ms-lease-action
  std::string id;                                // x-ms-lease-id
  std::string proposed_id;                       // x-ms-proposed-lease-id
  std::optional<std::chrono::seconds> duration;  // of acquire; nothing: without end
  std::optional<std::chrono::seconds> break_period;
};

// The lease after the action. Errors: those of the table of states, with Azure's codes.
Result<Lease> change_lease(const Lease& lease, const LeaseRequest& request, Timestamp now);

enum class Leased { blob, container };

// Whether a write that names `id` ("" for none) may go on.
Status check_lease(const Lease& lease, std::string_view id, Timestamp now,
                   Leased what = Leased::blob);
// Whether a read may: an id that is named must be that of a lease that is held; none need be.
Status check_lease_for_read(const Lease& lease, std::string_view id, Timestamp now,
                            Leased what = Leased::blob);

}  // namespace dms::service
