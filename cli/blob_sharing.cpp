// dmsbatch blob sas, dmsbatch blob policy: signatures for others, and what they follow.
#include "cli/blob_sharing.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "blob/sas.h"
#include "cli/blob_places.h"
#include "cli/connection.h"
#include "cli/interrupts.h"
#include "cli/listing.h"
#include "core/codec.h"
#include "core/time_span.h"

namespace dms::cli {
namespace {

struct Sharing {
  std::string place;        // CONTAINER, of a signature also CONTAINER/BLOB
  std::string policy;       // a policy's id
  std::string permissions;  // letters
  std::string start, expiry, lasts;
};

using SharingWork = Status (*)(blob::AzureBlob& storage, const Invocation& invocation,
                               const Sharing& arguments);

struct ShownPolicy {
  std::string id;
  std::optional<Timestamp> start, expiry;
  std::string permissions;
  template <class S = ShownPolicy>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id), field("start", &S::start),
                      field("expiry", &S::expiry), field("permissions", &S::permissions)};
  }
};

struct ShownUrl {
  std::string url;
  template <class S = ShownUrl>
  static constexpr auto fields() {
    return std::tuple{required("url", &S::url)};
  }
};

Result<std::optional<Timestamp>> time_of(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<Timestamp>{};
  DMS_TRY(const Timestamp time, blob::parse_sas_time(text).context(option));
  return std::optional(time);
}

// What --expires and --for say of the end.
Result<std::optional<Timestamp>> expiry_of(const Sharing& arguments, const Invocation& invocation) {
  if (arguments.lasts.empty()) return time_of("--expires", arguments.expiry);
  constexpr std::chrono::days longest{36'500};
  const auto span = parse_span(arguments.lasts);
  if (span && *span <= longest) return std::optional(Timestamp{invocation.clock.now().at + *span});
  return fail(Code::invalid_argument,
              "--for is '" + arguments.lasts + "'; give a time such as 12h or 30d, up to 36500d");
}

Status print_signature(blob::AzureBlob& storage, const Invocation& invocation,
                       const Sharing& arguments) {
  DMS_TRY(const blob::BlobPlace place, parse_blob_place(arguments.place));
  if (!place.prefix.empty() && !may_be_blob(place))
    return fail(Code::invalid_argument, "'" + arguments.place +
                                            "' is a folder; a signature opens a whole container or "
                                            "one blob");
  blob::SasRequest request{.permissions = arguments.permissions, .policy = arguments.policy};
  // Who asks for a link wants to have something read; writing is asked for.
  if (request.permissions.empty() && request.policy.empty())
    request.permissions = place.prefix.empty() ? "rl" : "r";
  DMS_TRY(request.start, time_of("--start", arguments.start));
  DMS_TRY(request.expiry, expiry_of(arguments, invocation));
  DMS_TRY(const std::string url,
          place.prefix.empty() ? storage.get_container_sas_url(place.container, request)
                               : storage.get_blob_sas_url(place.container, place.prefix, request));
  fmt::print("{}\n", invocation.json ? encode(ShownUrl{url}) : url);
  return ok();
}

Status list_policies(blob::AzureBlob& storage, const Invocation& invocation,
                     const Sharing& arguments) {
  DMS_TRY(const auto access, storage.get_container_access_policy(arguments.place));
  Listing listing(invocation.output(),
                  {{"POLICY", 24}, {"PERMISSIONS", 12}, {"START", 20}, {"EXPIRY", 0}});
  for (const auto& policy : access.policies)
    listing.add(
        encode(ShownPolicy{policy.id, policy.start, policy.expiry, policy.permissions}),
        {policy.id, policy.permissions, time_or_empty(policy.start), time_or_empty(policy.expiry)});
  listing.finish();
  return ok();
}

Status set_policy(blob::AzureBlob& storage, const Invocation& invocation,
                  const Sharing& arguments) {
  blob::AccessPolicy policy{.id = arguments.policy,
                            .permissions = blob::permissions_in_order(arguments.permissions)};
  DMS_TRY(policy.start, time_of("--start", arguments.start));
  DMS_TRY(policy.expiry, expiry_of(arguments, invocation));
  DMS_CHECK(storage.set_access_policy(arguments.place, policy));
  if (invocation.json)
    fmt::print("{}\n",
               encode(ShownPolicy{policy.id, policy.start, policy.expiry, policy.permissions}));
  else
    fmt::print("container {} has the access policy {}\n", arguments.place, policy.id);
  return ok();
}

Status delete_policy(blob::AzureBlob& storage, const Invocation& invocation,
                     const Sharing& arguments) {
  DMS_CHECK(storage.delete_access_policy(arguments.place, arguments.policy));
  if (invocation.json)
    fmt::print("{}\n", encode(ShownPolicy{.id = arguments.policy}));
  else
    fmt::print("access policy {} is deleted; what was signed by it opens nothing any more\n",
               arguments.policy);
  return ok();
}

CLI::App* add(CLI::App& noun, Invocation& invocation, const char* name, const char* description,
              const std::shared_ptr<Sharing>& arguments, SharingWork work) {
  auto* verb = noun.add_subcommand(name, description);
  add_client_options(*verb, invocation);
  verb->callback([arguments, work, &invocation] {
    invocation.command = [arguments, work, &invocation] {
      const Interrupts interrupts;
      return with_service(
          invocation, Accounts::storage,
          [&](Connection& connection) { return work(**connection.blob, invocation, *arguments); },
          interrupts.token());
    };
  });
  return verb;
}

void add_required(CLI::App& verb, const char* name, std::string& value, const char* help) {
  verb.add_option(name, value, help)->type_name("")->required();
}

void add_grant_options(CLI::App& verb, Sharing& arguments, const char* permissions_help) {
  verb.add_option("--permissions", arguments.permissions, permissions_help)->type_name("LETTERS");
  verb.add_option("--start", arguments.start, "Not before: 2030-01-31, or 2030-01-31T20:15Z.")
      ->type_name("TIME");
  auto* expiry = verb.add_option("--expires", arguments.expiry, "Until then.")->type_name("TIME");
  verb.add_option("--for", arguments.lasts, "From now on: 12h, 30d.")
      ->type_name("SPAN")
      ->excludes(expiry);
}

}  // namespace

void add_blob_sharing(CLI::App& noun, Invocation& invocation) {
  auto given = std::make_shared<Sharing>();
  auto* verb = add(noun, invocation, "sas",
                   "Print a URL with a signature, by which others read or write a container or a "
                   "blob. Who has it needs no key.",
                   given, print_signature);
  add_required(*verb, "PLACE", given->place, "CONTAINER or CONTAINER/BLOB.");
  add_grant_options(*verb, *given,
                    "Of racwdl: read, add, create, write, delete, list (of a blob r, else rl).");
  verb->add_option("--policy", given->policy,
                   "A stored access policy of the container, which says what is not said here.")
      ->type_name("NAME");

  auto* policies = noun.add_subcommand(
      "policy", "Stored access policies: what signatures that name them grant, and for how long.");
  policies->require_subcommand(1);
  auto listed = std::make_shared<Sharing>();
  verb = add(*policies, invocation, "list", "List the policies of a container.", listed,
             list_policies);
  add_required(*verb, "CONTAINER", listed->place, "The container's name.");
  auto set = std::make_shared<Sharing>();
  verb = add(*policies, invocation, "set",
             "Add a policy or replace the one of this name; a container has five at most.", set,
             set_policy);
  add_required(*verb, "CONTAINER", set->place, "The container's name.");
  add_required(*verb, "NAME", set->policy, "The policy's name.");
  add_grant_options(*verb, *set,
                    "Of racwdl: read, add, create, write, delete, list. None: said by each "
                    "signature.");
  auto removed = std::make_shared<Sharing>();
  verb = add(*policies, invocation, "delete",
             "Delete a policy, and with it end every signature that names it.", removed,
             delete_policy);
  add_required(*verb, "CONTAINER", removed->place, "The container's name.");
  add_required(*verb, "NAME", removed->policy, "The policy's name.");
}

}  // namespace dms::cli
