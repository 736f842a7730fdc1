#include "io/s3/lease_text.h"

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>

#include "fruits/io/uri.h"

namespace fruits::io {

std::string LeaseText::ToJson() const {
  const auto utf8 = [](const std::string& text) { return IsValidUtf8(text) ? text : EncodePath(text); };
  const nlohmann::ordered_json json = {
      {"holder", utf8(holder)}, {"run_id", run_id},     {"process", utf8(process)},          {"taken", taken},
      {"renewed", renewed},     {"renewals", renewals}, {"expires_seconds", expires_seconds}};
  return json.dump(2) + "\n";
}

LeaseText LeaseText::Parse(std::string_view json, double default_seconds) {
  LeaseText text;
  text.holder = "a run whose lease cannot be read";
  text.expires_seconds = default_seconds;
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  if (!parsed.is_object()) return text;
  const auto take = [&](const char* name, std::string& to) {
    const auto field = parsed.find(name);
    if (field != parsed.end() && field->is_string()) to = field->get<std::string>();
  };
  take("holder", text.holder);
  take("run_id", text.run_id);
  take("process", text.process);
  take("taken", text.taken);
  take("renewed", text.renewed);
  const auto renewals = parsed.find("renewals");
  if (renewals != parsed.end() && renewals->is_number_integer())
    text.renewals = renewals->get<std::int64_t>();
  const auto expires = parsed.find("expires_seconds");
  if (expires != parsed.end() && expires->is_number()) text.expires_seconds = expires->get<double>();
  return text;
}

std::string UtcText(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace fruits::io
