// Who may do what: SharedKey, service SAS and containers open to everybody.
#pragma once

#include <optional>

#include "blob/sas.h"
#include "core/signing.h"

namespace dms::service {

// What a request was let in by. The account's key opens everything; a SAS opens what it says;
// nobody may read what a container shows to the public.
struct Access {
  enum class Kind { account, sas, anonymous } kind = Kind::anonymous;
  blob::SasFields sas;
};

// Judges who asks, not yet what for: signature, time and protocol.
// Errors: permission with the Blob service's codes.
Result<Access> identify(const Request& request, const Query& query, const SharedKey& key,
                        std::string_view container, std::string_view blob, Timestamp now);

// Whether `access` covers an operation for which one of `letters` is enough. A container's own
// operations have no letter: only the key opens them.
Status check_access(const Access& access, std::string_view letters);

}  // namespace dms::service
