#include "core/auth/client_secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/auth/token_answer.h"

namespace dms {
namespace {

constexpr std::string_view alphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

Error missing(std::string_view key, std::string_view variable) {
  return fail(Code::invalid_argument,
              fmt::format("signing in with a client secret needs {} (or the environment's {})", key,
                          variable));
}

Result<Url> token_url(std::string authority, std::string_view tenant) {
  if (authority.find("://") == authority.npos) authority = "https://" + authority;
  DMS_TRY(Url url, Url::parse(authority).context("_AAD_AUTHORITY"));
  DMS_CHECK(check_private(url, "a client secret").context("_AAD_AUTHORITY"));
  while (url.path.ends_with('/')) url.path.pop_back();
  url.path += fmt::format("/{}/oauth2/v2.0/token", percent_encode(tenant));
  url.query.clear();
  return url;
}

// What a user can do, by the number or word that Entra's refusal holds; the first that fits.
struct Advice {
  std::string_view sign;
  std::string_view text;
};
constexpr std::array<Advice, 9> advices = {{
    {"AADSTS7000215", "_AAD_CLIENT_SECRET must be the secret's value, not its id"},
    {"AADSTS7000222", "the secret has ended: make a new one and put it into _AAD_CLIENT_SECRET"},
    {"AADSTS700016", "check _AAD_CLIENT_ID, and that it belongs to _AAD_TENANT_ID"},
    {"AADSTS900023", "check _AAD_TENANT_ID"},
    {"AADSTS90002", "check _AAD_TENANT_ID, and _AAD_AUTHORITY for a sovereign cloud"},
    {"AADSTS500011", "this tenant does not know the service: check _AAD_TENANT_ID"},
    {"AADSTS53003", "a conditional access policy forbids it: ask the tenant's administrator"},
    {"invalid_client", "check _AAD_CLIENT_ID and _AAD_CLIENT_SECRET"},
    {"unauthorized_client", "check _AAD_CLIENT_ID and _AAD_TENANT_ID"},
}};

std::string_view advice_for(std::string_view refusal) {
  const auto row = std::find_if(advices.begin(), advices.end(), [&](const Advice& advice) {
    return refusal.find(advice.sign) != refusal.npos;
  });
  return row == advices.end() ? "check _AAD_TENANT_ID, _AAD_CLIENT_ID and _AAD_CLIENT_SECRET"
                              : row->text;
}

// An authority that echoes what it was sent must not make a message of it.
std::string without(std::string text, const std::string& secret) {
  constexpr std::string_view mark = "REDACTED";
  for (const std::string& form : {secret, percent_encode(secret)})
    for (std::size_t at = 0; (at = text.find(form, at)) != text.npos; at += mark.size())
      text.replace(at, form.size(), mark);
  return text;
}

}  // namespace

Status check_tenant(std::string_view tenant) {
  const bool good = !tenant.empty() && alphanumeric.find(tenant.front()) != tenant.npos &&
                    std::all_of(tenant.begin(), tenant.end(), [](char c) {
                      return c == '.' || c == '-' || alphanumeric.find(c) != alphanumeric.npos;
                    });
  if (good) return ok();
  return fail(Code::invalid_argument,
              fmt::format("_AAD_TENANT_ID is '{}'; it must be a tenant's id or domain", tenant));
}

Result<std::unique_ptr<ClientSecret>> ClientSecret::create(ClientSecretOptions options,
                                                           Transport& network, Clock& clock) {
  if (options.tenant.empty()) return missing("_AAD_TENANT_ID", "AZURE_TENANT_ID");
  if (options.client_id.empty()) return missing("_AAD_CLIENT_ID", "AZURE_CLIENT_ID");
  if (options.secret.empty()) return missing("_AAD_CLIENT_SECRET", "AZURE_CLIENT_SECRET");
  DMS_CHECK(check_tenant(options.tenant));
  DMS_TRY(Url url, token_url(options.authority, options.tenant));
  return std::unique_ptr<ClientSecret>(
      new ClientSecret(std::move(options), std::move(url), network, clock));
}

Result<Token> ClientSecret::token(const std::string& resource, std::stop_token stop) {
  Request request{.method = "POST", .url = url_};
  request.headers.set("Accept", "application/json");
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  // A resource that ends in '/' keeps it, so that its scope has two: the token's audience must be
  // the resource to the letter.
  request.body = format_query({{"grant_type", "client_credentials"},
                               {"client_id", options_.client_id},
                               {"client_secret", options_.secret},
                               {"scope", resource + "/.default"}});
  const Result<Response> answer = network_.send(request, stop);
  if (!answer) return no_answer(answer.error(), url_.host);
  if (answer->status != 200) return refused(*answer);
  return read_token(answer->body, clock_.now(), url_.host);
}

Error ClientSecret::refused(const Response& answer) const {
  const Refusal refusal = read_refusal(without(answer.body, options_.secret));
  const std::string why = describe(refusal, answer.status);
  Error error = is_passing(answer.status)
                    ? fail(Code::unavailable, fmt::format("{} gave no token: {}", url_.host, why))
                    : fail(Code::permission, fmt::format("{} gave no token: {}; {}", url_.host, why,
                                                         advice_for(why)));
  error.http_status = answer.status;
  return error;
}

}  // namespace dms
