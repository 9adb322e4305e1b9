#include "core/auth/cached_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"

namespace dms {
namespace {

Timestamp operator+(Timestamp moment, std::chrono::nanoseconds span) {
  return {moment.at + std::chrono::floor<Ticks>(span)};
}

}  // namespace

Result<Token> CachedTokens::token(const std::string& resource, std::stop_token stop) {
  Lock lock(mutex_);
  return find_or_fetch(slots_[resource], resource, std::move(stop), lock);
}

Result<Token> CachedTokens::replace(const std::string& resource, const std::string& refused,
                                    std::stop_token stop) {
  Lock lock(mutex_);
  Slot& slot = slots_[resource];
  if (slot.held && slot.held->text == refused) slot.held.reset();
  return find_or_fetch(slot, resource, std::move(stop), lock);
}

Result<Token> CachedTokens::find_or_fetch(Slot& slot, const std::string& resource,
                                          std::stop_token stop, Lock& lock) {
  while (true) {
    const Timestamp now = clock_.now();
    const bool valid = slot.held && slot.held->expires_at > now;
    if (valid && (slot.fetching || now < slot.refresh_at)) return *slot.held;
    if (!slot.fetching) return fetch(slot, resource, std::move(stop), lock);
    DMS_CHECK(wait_for_other(slot, stop, lock));
  }
}

Result<Token> CachedTokens::fetch(Slot& slot, const std::string& resource, std::stop_token stop,
                                  Lock& lock) {
  slot.fetching = true;
  lock.unlock();
  Result<Token> fetched = source_.token(resource, std::move(stop));
  lock.lock();
  slot.fetching = false;
  ++slot.fetches;
  slot.failure = fetched ? std::nullopt : std::optional(fetched.error());
  fetch_ended_.notify_all();

  const Timestamp now = clock_.now();
  slot.refresh_at = now + policy_.pause;
  if (fetched) {
    slot.held = *fetched;
    slot.refresh_at = std::max(slot.refresh_at, fetched->expires_at + -policy_.ahead);
    return fetched;
  }
  if (!slot.held || slot.held->expires_at <= now) return fetched;
  if (fetched.error().code != Code::cancelled) {
    log_warn(fmt::format("the token for {} is used until {}, as a new one was not to be had: {}",
                         resource, slot.held->expires_at.iso8601(), fetched.error().message));
  }
  return *slot.held;
}

// A caller that was asked to stop gave up for itself only: the others look again, and one of them
// fetches.
Status CachedTokens::wait_for_other(Slot& slot, std::stop_token stop, Lock& lock) {
  const std::uint64_t seen = slot.fetches;
  if (!fetch_ended_.wait(lock, std::move(stop), [&] { return slot.fetches != seen; }))
    return fail(Code::cancelled, "the wait for a token was cancelled");
  if (slot.failure && slot.failure->code != Code::cancelled) return *slot.failure;
  return ok();
}

}  // namespace dms
