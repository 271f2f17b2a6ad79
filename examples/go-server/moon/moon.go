// Package moon computes the moon's age from its mean synodic month.
package moon

import (
	"math"
	"time"
)

// Month is the mean time from one new moon to the next, in days.
const Month = 29.530588853

var knownNew = time.Date(2000, time.January, 6, 18, 14, 0, 0, time.UTC)

// Age is the time since the last new moon, in days.
func Age(at time.Time) float64 {
	age := math.Mod(at.Sub(knownNew).Hours()/24, Month)
	if age < 0 {
		age += Month
	}
	return age
}

// Tides says how strong the tides are at an age of the moon.
func Tides(age float64) string {
	quarter := math.Mod(age, Month/2) / (Month / 2)
	switch {
	case quarter < 0.2 || quarter > 0.8:
		return "spring tides: high water is high, low water is low"
	case quarter > 0.3 && quarter < 0.7:
		return "neap tides: the sea moves little"
	default:
		return "middling tides"
	}
}
