#include "core/auth/managed_identity.h"

#include <fmt/format.h>

#include "core/auth/token_answer.h"

namespace dms {
namespace {

constexpr std::string_view imds_url = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr std::string_view imds_version = "2018-02-01";
constexpr std::string_view app_service_version = "2019-08-01";
constexpr std::string_view who = "the managed identity's endpoint";

// While IMDS is being updated it answers 404 or 410 for about a minute.
bool may_pass(const IdentityEndpoint& endpoint, int status) {
  return is_passing(status) || (endpoint.is_imds() && (status == 404 || status == 410));
}

}  // namespace

Result<IdentityEndpoint> find_identity_endpoint(const Environment& environment,
                                                std::string client_id) {
  IdentityEndpoint found{.client_id = std::move(client_id)};
  const std::string address = environment("IDENTITY_ENDPOINT").value_or("");
  found.header = environment("IDENTITY_HEADER").value_or("");
  if (!address.empty() && found.header.empty()) {
    return fail(Code::invalid_argument,
                "IDENTITY_ENDPOINT is set without IDENTITY_HEADER, as Azure Arc does it, which is "
                "not supported: set _AAD_METHOD to client_secret or az");
  }
  if (address.empty()) found.header.clear();
  DMS_TRY(found.url, Url::parse(address.empty() ? imds_url : address).context("IDENTITY_ENDPOINT"));
  return found;
}

Request ManagedIdentity::request_for(const std::string& resource) const {
  Request request{.url = endpoint_.url};
  const std::string_view version = endpoint_.is_imds() ? imds_version : app_service_version;
  Query query{{"api-version", std::string(version)}, {"resource", resource}};
  if (!endpoint_.client_id.empty()) query.emplace_back("client_id", endpoint_.client_id);
  request.url.query = format_query(query);
  if (endpoint_.is_imds())
    request.headers.set("Metadata", "true");
  else
    request.headers.set("X-IDENTITY-HEADER", endpoint_.header);
  return request;
}

Result<Token> ManagedIdentity::token(const std::string& resource, std::stop_token stop) {
  const Result<Response> answer = network_.send(request_for(resource), stop);
  if (!answer) return no_answer(answer.error(), who);
  if (answer->status != 200) return refused(*answer);
  return read_token(answer->body, clock_.now(), who);
}

Error ManagedIdentity::refused(const Response& answer) const {
  const std::string why = describe(read_refusal(answer.body), answer.status);
  Error error;
  if (may_pass(endpoint_, answer.status)) {
    error = fail(Code::unavailable, fmt::format("{} gave no token: {}", who, why));
  } else if (endpoint_.client_id.empty()) {
    error =
        fail(Code::permission,
             fmt::format("{} gave no token: {}; assign an identity to this machine, or name one "
                         "of several by _AAD_CLIENT_ID",
                         who, why));
  } else {
    error = fail(Code::permission,
                 fmt::format("{} gave no token: {}; is the identity {} of _AAD_CLIENT_ID assigned "
                             "to this machine?",
                             who, why, endpoint_.client_id));
  }
  error.http_status = answer.status;
  return error;
}

bool ManagedIdentity::answers(Transport& probe, std::stop_token stop) const {
  const Result<Response> answer = probe.send({.url = endpoint_.url}, stop);
  return answer && answer->status == 400;
}

}  // namespace dms
