// Builds what Prometheus' client library writes as text: one family after another, each of one
// kind, a value under each set of labels.
#pragma once

#include "actors/histogram.hpp"

#include <prometheus/metric_family.h>

#include <limits>
#include <string>
#include <vector>

namespace ringmaster::net::api {

class metric_families {
public:
  using labels = std::vector<prometheus::ClientMetric::Label>;

  void counter(const std::string& name, const char* help) {
    family(name + "_total", help, prometheus::MetricType::Counter);
  }
  void gauge(const std::string& name, const char* help) {
    family(name, help, prometheus::MetricType::Gauge);
  }
  /// A value of the family that was begun last.
  void value(double value, labels of = {}) {
    auto& made = families_.back();
    prometheus::ClientMetric metric;
    metric.label = std::move(of);
    if (made.type == prometheus::MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    made.metric.push_back(std::move(metric));
  }
  void one_counter(const std::string& name, const char* help, double only) {
    counter(name, help);
    value(only);
  }
  void one_gauge(const std::string& name, const char* help, double only) {
    gauge(name, help);
    value(only);
  }

  /// `per_unit`: how many of what was observed make one unit of the metric.
  template <class Bounds>
  void buckets(const std::string& name, const char* help, const histogram<Bounds>& what,
               double per_unit) {
    family(name, help, prometheus::MetricType::Histogram);
    prometheus::ClientMetric metric;
    auto& told = metric.histogram;
    for (std::size_t i = 0; i < histogram<Bounds>::buckets; ++i) {
      const bool last = i == Bounds::values.size();
      const auto bound = last ? std::numeric_limits<double>::infinity()
                              : static_cast<double>(Bounds::values[i]) / per_unit;
      told.sample_count += what.in(i);
      told.bucket.push_back({told.sample_count, bound});
    }
    told.sample_sum = static_cast<double>(what.sum()) / per_unit;
    families_.back().metric.push_back(std::move(metric));
  }

  const std::vector<prometheus::MetricFamily>& all() const { return families_; }

private:
  void family(const std::string& name, const char* help, prometheus::MetricType type) {
    families_.push_back({"ringmaster_" + name, help, type, {}});
  }

  std::vector<prometheus::MetricFamily> families_;
};

} // namespace ringmaster::net::api
