//! Represents a place on Earth, and computes the distance between two places.

/// Mean Earth radius in kilometres (IUGG R1).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Units of [`Place`] per degree.
const UNITS_PER_DEGREE: f64 = 1e7;

/// Latitude and longitude in ten-millionths of a degree (about a centimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    latitude_e7: i32,
    longitude_e7: i32,
}

impl Place {
    /// `None` outside -90..=90 and -180..=180 degrees, or for NaN.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "180 degrees are 1,800,000,000 units, which an i32 can hold"
    )]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let inside = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        inside.then(|| Self {
            latitude_e7: (latitude * UNITS_PER_DEGREE).round() as i32,
            longitude_e7: (longitude * UNITS_PER_DEGREE).round() as i32,
        })
    }

    /// The inverse of [`Place::to_e7`].
    pub fn from_e7(latitude_e7: i32, longitude_e7: i32) -> Self {
        Self { latitude_e7, longitude_e7 }
    }

    /// Latitude and longitude in ten-millionths of a degree.
    pub fn to_e7(self) -> (i32, i32) {
        (self.latitude_e7, self.longitude_e7)
    }

    /// Degrees north of the equator, -90 to 90.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude_e7) / UNITS_PER_DEGREE
    }

    /// Degrees east of Greenwich, -180 to 180.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude_e7) / UNITS_PER_DEGREE
    }

    /// Great-circle distance in kilometres.
    pub fn distance_km(self, other: Place) -> f64 {
        distance_km(self.latitude(), self.longitude(), other.latitude(), other.longitude())
    }
}

/// Great-circle distance in kilometres between two points given in degrees (haversine formula).
pub fn distance_km(latitude1: f64, longitude1: f64, latitude2: f64, longitude2: f64) -> f64 {
    let (phi1, phi2) = (latitude1.to_radians(), latitude2.to_radians());
    let half_dphi = (phi2 - phi1) / 2.0;
    let half_dlambda = (longitude2 - longitude1).to_radians() / 2.0;
    let a = half_dphi.sin().powi(2) + phi1.cos() * phi2.cos() * half_dlambda.sin().powi(2);
    2.0 * EARTH_RADIUS_KM * a.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_york_to_copenhagen_is_about_6190_km() {
        let new_york = Place::from_degrees(40.71, -74.01).unwrap();
        let copenhagen = Place::from_degrees(55.68, 12.57).unwrap();
        assert!((new_york.distance_km(copenhagen) - 6190.0).abs() < 20.0);
        assert_eq!(new_york.distance_km(new_york), 0.0);
    }

    #[test]
    fn places_off_the_globe_do_not_exist() {
        for (latitude, longitude) in [(200.0, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (-90.5, 0.0)] {
            assert_eq!(Place::from_degrees(latitude, longitude), None);
        }
        assert!(Place::from_degrees(90.0, -180.0).is_some());
    }
}
