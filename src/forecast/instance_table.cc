#include "fruits/forecast/instance_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <utility>

#include "fruits/core/try.h"
#include "fruits/forecast/assumptions.h"

namespace fruits {
namespace {

constexpr std::string_view kHeader =
    "type,vcpu,threads_per_core,memory_gib,isa,on_demand,spot,emr,region,source,date,verified";
constexpr std::size_t kColumns = 12;
constexpr std::size_t kMaxBytes = 1 << 20;
constexpr double kMaxPrice = 10'000;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0;;) {
    const std::size_t end = line.find(',', at);
    cells.push_back(Trim(line.substr(at, end == std::string_view::npos ? end : end - at)));
    if (end == std::string_view::npos) return cells;
    at = end + 1;
  }
}

std::optional<double> Number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto digits = [&](std::size_t at, std::size_t count) {
    return std::ranges::all_of(text.substr(at, count), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(0, 4) || !digits(5, 2) || !digits(8, 2)) return false;
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : text.substr(at, count)) value = 10 * value + c - '0';
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  return date.ok();
}

// Types and regions go into commands that users copy into a shell, so nothing there may mean anything to one;
// a '-' in front would be an option.
bool IsPlain(std::string_view text, bool may_have_capitals) {
  const auto is_plain = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' ||
           (may_have_capitals && c >= 'A' && c <= 'Z');
  };
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, is_plain);
}

bool IsTypeName(std::string_view text) {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && IsPlain(text.substr(0, dot), false) &&
         IsPlain(text.substr(dot + 1), false);
}

bool IsRegion(std::string_view text) { return IsPlain(text, true); }

// One line's cells, and what is wrong with the first bad one.
class Row {
 public:
  Row(std::string_view file, std::size_t line, std::vector<std::string_view> cells)
      : file_(file), line_(line), cells_(std::move(cells)) {}

  Result<InstanceType> Parse() {
    InstanceType type;
    type.name = Checked(0, IsTypeName, "a name like c6i.xlarge: small letters, digits and '-', with one '.'");
    type.vcpu = static_cast<int>(Whole(1, 1, 10'000));
    type.threads_per_core = static_cast<int>(Whole(2, 1, 2));
    type.memory_gib = Amount(3, 0.5, 100'000);
    type.isa = Text(4, "an instruction set");
    if (!FindIsaSpeed(type.isa)) Refuse(4, fmt::format("one of {}", IsaNames()));
    type.on_demand = Amount(5, 0.0001, kMaxPrice);
    type.spot = MayBeEmpty(6);
    type.emr = MayBeEmpty(7);
    type.region = Checked(8, IsRegion, "a region like eu-west-3: letters, digits and '-'");
    type.source = Text(9, "where the prices come from");
    type.date = Checked(10, IsDate, "a date like 2026-11-26, that there is");
    type.verified = cells_[11] == "true";
    if (!type.verified && cells_[11] != "false") Refuse(11, "true or false");
    if (!fault_.empty()) return Fail(ErrorCode::kInvalidArgument, fault_);
    return type;
  }

 private:
  // Only the first fault is told.
  void Refuse(std::size_t column, std::string_view expected) {
    if (!fault_.empty()) return;
    fault_ = fmt::format("{}: line {}: {} '{}': expected {}", file_, line_, Split(kHeader)[column],
                         cells_[column], expected);
  }

  std::string Text(std::size_t column, std::string_view expected) {
    return Checked(column, [](std::string_view text) { return !text.empty(); }, expected);
  }

  std::string Checked(std::size_t column, bool (*is_good)(std::string_view), std::string_view expected) {
    if (!is_good(cells_[column])) Refuse(column, expected);
    return std::string(cells_[column]);
  }

  double Amount(std::size_t column, double low, double high) {
    const auto value = Number(cells_[column]);
    if (!value || *value < low || *value > high)
      Refuse(column, fmt::format("a number from {} to {}", low, high));
    return value.value_or(0);
  }

  double Whole(std::size_t column, double low, double high) {
    const auto value = Number(cells_[column]);
    if (!value || *value < low || *value > high || std::floor(*value) != *value)
      Refuse(column, fmt::format("a whole number from {} to {}", low, high));
    return value.value_or(0);
  }

  std::optional<double> MayBeEmpty(std::size_t column) {
    if (cells_[column].empty()) return std::nullopt;
    const auto value = Number(cells_[column]);
    if (!value || *value < 0.0001 || *value > kMaxPrice)
      Refuse(column, fmt::format("nothing, or a number from 0.0001 to {}", kMaxPrice));
    return value.value_or(0);
  }

  const std::string_view file_;
  const std::size_t line_;
  const std::vector<std::string_view> cells_;
  std::string fault_;
};

}  // namespace

Result<std::vector<InstanceType>> ParseInstanceTable(std::string_view text, std::string_view file) {
  std::vector<InstanceType> types;
  bool has_header = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto refuse = [&](std::string expected) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: line {}: '{}': expected {}", file, number, line.substr(0, 200), expected));
    };
    if (!std::exchange(has_header, true)) {
      if (Split(line) != Split(kHeader)) return refuse(fmt::format("the columns {}", kHeader));
      continue;
    }
    auto cells = Split(line);
    if (cells.size() != kColumns) return refuse(fmt::format("{} cells, found {}", kColumns, cells.size()));
    FRUITS_TRY(InstanceType type, Row(file, number, std::move(cells)).Parse());
    const bool is_known = std::ranges::any_of(types, [&](const InstanceType& known) {
      return known.name == type.name && known.region == type.region;
    });
    if (is_known) return refuse(fmt::format("{} once in {}", type.name, type.region));
    types.push_back(std::move(type));
  }
  if (types.empty())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: expected rows of instance types, found none", file));
  return types;
}

Result<std::vector<InstanceType>> ReadInstanceTable(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Fail(ErrorCode::kNotFound, fmt::format("{}: it cannot be opened", file));
  std::string text(kMaxBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof()))
    return Fail(ErrorCode::kIo, fmt::format("{}: it cannot be read", file));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxBytes)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: expected at most {} bytes", file, kMaxBytes));
  return ParseInstanceTable(text, file);
}

}  // namespace fruits
