package moon

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	// A full moon: 2024-09-18, 02:34 UTC.
	age := Age(time.Date(2024, time.September, 18, 2, 34, 0, 0, time.UTC))
	if age < Month/2-1 || age > Month/2+1 {
		t.Errorf("the full moon is %.1f days old", age)
	}
	if Age(knownNew.Add(-time.Hour)) < Month-1 {
		t.Error("before the known new moon the old one counts")
	}
}
